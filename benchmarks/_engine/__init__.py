"""The parts of `bench engine`: a hand-written workflow, its worker, and the company that both are measured in."""
