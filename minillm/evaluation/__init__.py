"""What the model is worth: likelihood, baselines, bias, BLEU, samples, speed."""
