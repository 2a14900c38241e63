# tests that start the real processes
