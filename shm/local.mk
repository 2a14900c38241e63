# shm: the only contract between the processes
noinst_LIBRARIES += shm/libshm.a
shm_libshm_a_SOURCES = \
	shm/counters.c shm/counters.def shm/counters.h \
	shm/event.c shm/event.h shm/event_types.def \
	shm/event_frame.c shm/event_frame.h \
	shm/event_json.c shm/event_json.h \
	shm/event_wire.c shm/event_wire.h shm/state_wire.c shm/state_wire.h \
	shm/filter.c shm/filter.h shm/filter_internal.h \
	shm/filter_fields.c shm/filter_fields.def \
	shm/filter_match.c shm/filter_parse.c shm/filter_value.c \
	shm/ring.c shm/ring.h shm/ring_reader.c shm/ring_writer.c shm/ring_writer.h \
	shm/segment_attach.h \
	shm/segment_fields.c shm/segment_layout.c shm/segment_layout.h \
	shm/segment_file.c shm/segment_file.h \
	shm/segment_format.h \
	shm/segment_life.c shm/segment_writer_private.h \
	shm/segment_memory.c shm/segment_memory.h \
	shm/segment_reader.c shm/segment_reader.h \
	shm/segment_writer.c shm/segment_writer.h \
	shm/station_reader.c shm/station_slot.c shm/station_slot.h \
	shm/station_slots.c shm/station_slots.h shm/station_table.h \
	shm/words.h
SHM_LIBS = shm/libshm.a

if HAVE_CHECK
SHM_SUITES = \
	tests/unit/test_counters \
	tests/unit/test_event \
	tests/unit/test_event_wire \
	tests/unit/test_filter \
	tests/unit/test_filter_errors \
	tests/unit/test_filter_forms \
	tests/unit/test_segment_file \
	tests/unit/test_segment_memory \
	tests/unit/test_segment_reader \
	tests/unit/test_segment_writer
check_PROGRAMS += $(SHM_SUITES)
TESTS += $(SHM_SUITES)
SHM_TEST_LIBS = $(SHM_LIBS) $(COMMON_LIBS) $(CHECK_LIBS)
tests_unit_test_counters_LDADD = $(SHM_TEST_LIBS)
tests_unit_test_event_SOURCES = tests/unit/test_event.c tests/unit/event_fixture.h
tests_unit_test_event_LDADD = $(SHM_TEST_LIBS)
tests_unit_test_event_wire_SOURCES = tests/unit/test_event_wire.c tests/unit/event_fixture.h
tests_unit_test_event_wire_LDADD = $(SHM_TEST_LIBS)
tests_unit_test_filter_SOURCES = tests/unit/test_filter.c tests/unit/filter_fixture.h
tests_unit_test_filter_LDADD = $(SHM_TEST_LIBS)
tests_unit_test_filter_errors_SOURCES = tests/unit/test_filter_errors.c tests/unit/filter_fixture.h
tests_unit_test_filter_errors_LDADD = $(SHM_TEST_LIBS)
tests_unit_test_filter_forms_SOURCES = tests/unit/test_filter_forms.c tests/unit/filter_fixture.h
tests_unit_test_filter_forms_LDADD = $(SHM_TEST_LIBS)
tests_unit_test_segment_file_SOURCES = tests/unit/test_segment_file.c tests/unit/segment_fixture.h
tests_unit_test_segment_file_LDADD = $(SHM_TEST_LIBS)
tests_unit_test_segment_memory_LDADD = $(SHM_TEST_LIBS)
tests_unit_test_segment_reader_SOURCES = tests/unit/test_segment_reader.c tests/unit/segment_fixture.h
tests_unit_test_segment_reader_LDADD = $(SHM_TEST_LIBS)
tests_unit_test_segment_writer_SOURCES = tests/unit/test_segment_writer.c tests/unit/segment_fixture.h
tests_unit_test_segment_writer_LDADD = $(SHM_TEST_LIBS)
endif

FUZZ_TARGETS += tests/fuzz/fuzz_filter
tests_fuzz_fuzz_filter_SOURCES = tests/fuzz/fuzz_filter.c $(FUZZ_MAIN)
tests_fuzz_fuzz_filter_LDADD = $(SHM_LIBS) $(COMMON_LIBS)
tests_fuzz_fuzz_filter_LDFLAGS = $(FUZZ_LDFLAGS)

FUZZ_TARGETS += tests/fuzz/fuzz_wire
tests_fuzz_fuzz_wire_SOURCES = tests/fuzz/fuzz_wire.c $(FUZZ_MAIN)
tests_fuzz_fuzz_wire_LDADD = $(SHM_LIBS) $(COMMON_LIBS)
tests_fuzz_fuzz_wire_LDFLAGS = $(FUZZ_LDFLAGS)
