"""What is measured. Every number is a ratio, or a time, taken in one run on one machine: `make bench`."""
