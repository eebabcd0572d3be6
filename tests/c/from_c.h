/* What the C part of the tests offers to the rest. */
#ifndef SCRIBA_TESTS_FROM_C_H
#define SCRIBA_TESTS_FROM_C_H

#include <stddef.h>

#ifdef __cplusplus
extern "C" {
#endif

/* Reads an image file's bytes with a reader of two files and writes its lines, each with a line feed, to `text` of `room` bytes. Returns
 * the status of the first call that failed. */
int read_in_c(const char* detector, const char* recognizer, const void* bytes, size_t count, char* text, size_t room);

/* Layout as C sees it. */
extern const size_t c_sizes[6];

#ifdef __cplusplus
}
#endif

#endif
