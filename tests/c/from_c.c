/* Uses scriba.h as a C99 program does. */
#include "c/from_c.h"

#include <string.h>

#include <scriba/scriba.h>

const size_t c_sizes[6] = {sizeof(scriba_options), offsetof(scriba_options, networks), offsetof(scriba_options, min_score),
                           sizeof(scriba_line),    offsetof(scriba_line, corners),     offsetof(scriba_line, turned)};

static scriba_status append_lines(const scriba_page* page, char* text, size_t room) {
  size_t count = 0, used = 0, i;
  scriba_status status = scriba_page_count(page, &count);
  for (i = 0; i < count && status == SCRIBA_OK; ++i) {
    scriba_line line = {.size = sizeof line};
    size_t length;
    status = scriba_page_line(page, i, &line);
    if (status != SCRIBA_OK) break;
    length = strlen(line.text);
    if (used + length + 2 > room) break;
    memcpy(text + used, line.text, length);
    used += length;
    text[used++] = '\n';
    text[used] = '\0';
  }
  return status;
}

int read_in_c(const char* detector, const char* recognizer, const void* bytes, size_t count, char* text, size_t room) {
  scriba_options options = {.size = sizeof options, .no_direction = 1};
  scriba_reader* reader = NULL;
  scriba_page* page = NULL;
  scriba_status status;
  options.detector_file = detector;
  options.recognizer_file = recognizer;
  status = scriba_reader_new(&options, &reader);
  if (status == SCRIBA_OK) status = scriba_read_encoded(reader, bytes, count, &page);
  if (status == SCRIBA_OK) status = append_lines(page, text, room);
  scriba_page_free(page);
  scriba_reader_free(reader);
  return status;
}
