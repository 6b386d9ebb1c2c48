"""From deliveries to a served run. The only package that knows every stage."""
