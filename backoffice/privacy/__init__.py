"""The page "Privacy": how long what is kept, what the next night deletes, the register, the AI's disclosures."""
