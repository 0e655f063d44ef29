"""Claims and witnesses as files and documents that others can check."""
