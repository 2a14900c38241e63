# shm: the only contract between the processes
noinst_LIBRARIES += shm/libshm.a
shm_libshm_a_SOURCES = \
	shm/counters.c shm/counters.def shm/counters.h \
	shm/event.c shm/event.h shm/event_types.def \
	shm/event_json.c shm/event_json.h \
	shm/segment_format.h \
	shm/segment_reader.c shm/segment_reader.h \
	shm/segment_writer.c shm/segment_writer.h \
	shm/station_table.h
SHM_LIBS = shm/libshm.a
