"""What is said about searcher: both READMEs, the reference in them, and the picture they show."""
