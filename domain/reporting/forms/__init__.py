"""The standard forms, as the first version of each is published. What a log holds is what was published in it."""
