"""What `bench warehouse` measures, one module for each claim."""
