# Models of the segment's protocol, for spin.
EXTRA_DIST += tests/model/life.pml tests/model/ring.pml tests/model/slot.pml tests/model/run.sh
PHONY_TARGETS += model
model:
	$(srcdir)/tests/model/run.sh
