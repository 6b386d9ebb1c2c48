"""How agencies write down what they see: with their habits, and with their errors."""
