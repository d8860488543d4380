"""What `bench trace` fills and measures."""
