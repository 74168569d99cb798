"""The brain: conversations, the tools the model may call, hand-over, and the words that are said."""
