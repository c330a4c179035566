"""What one does with a trained model: the command line `minillm`, and the same from Python."""
