"""The same model scored by Splink on Apache Spark: for pairs that outgrow one machine."""
