/* Reads the text of photos, in C.
 *
 *     read_text_c photo.jpg
 *     read_text_c --words photo.jpg
 *     read_text_c --detector detector.onnx --recognizer words.onnx photo.jpg
 *
 * The library scriba_c is Scriba for C and for every language that calls C: Java, Swift, Python, Rust and others. A program makes one
 * reader, which loads the networks, hands it images (bytes of a file, as here, or pixels), and gets pages: lines of text with their scores
 * and corners. Every call returns a status, scriba_last_error() says what was wrong, and what was made is freed. */
#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <scriba/scriba.h>

/* The bytes of a file, for free(); NULL when it cannot be read. */
static unsigned char* read_file(const char* path, size_t* count) {
  FILE* file = fopen(path, "rb");
  unsigned char* bytes = NULL;
  size_t room = 0, got = 0;
  *count = 0;
  if (!file) return NULL;
  do {
    if (*count == room) {
      unsigned char* larger = realloc(bytes, room = room ? 2 * room : 1 << 16);
      if (!larger) {
        free(bytes);
        fclose(file);
        errno = ENOMEM;
        return NULL;
      }
      bytes = larger;
    }
    got = fread(bytes + *count, 1, room - *count, file);
    *count += got;
  } while (got > 0);
  if (ferror(file)) {
    free(bytes);
    bytes = NULL;
  }
  fclose(file);
  return bytes;
}

static void print(const scriba_page* page) {
  size_t count = 0, i;
  scriba_page_count(page, &count);
  for (i = 0; i < count; ++i) {
    scriba_line line = {.size = sizeof line};
    int corner;
    if (scriba_page_line(page, i, &line) != SCRIBA_OK) continue;
    printf("%s\t%.3f\t", line.text, (double)line.score);
    for (corner = 0; corner < 4; ++corner)
      printf("%s%.0f,%.0f", corner ? " " : "", (double)line.corners[2 * corner], (double)line.corners[2 * corner + 1]);
    putchar('\n');
  }
}

/* 0: done; 2: the image cannot be used. */
static int read_one(const scriba_reader* reader, const char* path) {
  scriba_page* page = NULL;
  size_t count = 0;
  unsigned char* bytes = read_file(path, &count);
  scriba_status status;
  if (!bytes) {
    fprintf(stderr, "read_text_c: %s: %s\n", path, strerror(errno));
    return 2;
  }
  status = scriba_read_encoded(reader, bytes, count, &page);
  free(bytes);
  if (status != SCRIBA_OK) {
    fprintf(stderr, "read_text_c: %s: %s\n", path, scriba_last_error());
    return status == SCRIBA_BAD_INPUT ? 2 : 1;
  }
  print(page);
  scriba_page_free(page);
  return 0;
}

static int usage(void) {
  fputs("usage: read_text_c [--words] [--detector FILE] [--recognizer FILE] [--threads N] IMAGE...\n", stderr);
  return 2;
}

int main(int argc, char** argv) {
  scriba_options options = {.size = sizeof options}; /* zero is a good value for everything else */
  scriba_reader* reader = NULL;
  scriba_status status;
  int worst = 0, i = 1;
  for (; i < argc && strncmp(argv[i], "--", 2) == 0; ++i) {
    if (strcmp(argv[i], "--words") == 0)
      options.networks = SCRIBA_WORDS;
    else if (i + 1 == argc)
      return usage();
    else if (strcmp(argv[i], "--detector") == 0)
      options.detector_file = argv[++i];
    else if (strcmp(argv[i], "--recognizer") == 0)
      options.recognizer_file = argv[++i];
    else if (strcmp(argv[i], "--threads") == 0)
      options.threads = atoi(argv[++i]);
    else
      return usage();
  }
  if (i == argc) return usage();
  if (scriba_abi_version() != SCRIBA_ABI_VERSION) {
    fputs("read_text_c: compiled for another version of Scriba\n", stderr);
    return 1;
  }
  status = scriba_reader_new(&options, &reader);
  if (status != SCRIBA_OK) {
    fprintf(stderr, "read_text_c: %s\n", scriba_last_error());
    return status == SCRIBA_BAD_INPUT || status == SCRIBA_BAD_ARGUMENT ? 2 : 1;
  }
  for (; i < argc; ++i) {
    const int result = read_one(reader, argv[i]);
    worst = result > worst ? result : worst;
  }
  scriba_reader_free(reader);
  return worst;
}
