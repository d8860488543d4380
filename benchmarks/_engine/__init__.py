"""The parts of `bench engine`: a hand-written workflow and its worker."""
