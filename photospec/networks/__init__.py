"""What was learnt: weights, and the code that loads and runs them. Knows no rule and no fact."""
