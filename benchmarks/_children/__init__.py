"""Benchmarks: the parts of `bench children` - the called procedure and its hand-written counterpart."""
