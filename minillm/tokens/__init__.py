"""Text to tokens: tokenizers, split assignment, shards on disk, batches."""
