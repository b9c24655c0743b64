"""photospec: checks ID photos against a standard, offline, and says what is wrong and what to do."""
