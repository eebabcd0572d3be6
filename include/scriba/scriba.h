/* Scriba for C, and for every language that calls C: reads the text of images. Library: scriba_c (CMake: scriba::c, pkg-config: scriba_c).
 *
 *     scriba_options options = {.size = sizeof options};
 *     scriba_reader* reader = NULL;
 *     scriba_page* page = NULL;
 *     if (scriba_reader_new(&options, &reader) != SCRIBA_OK) puts(scriba_last_error());
 *     else if (scriba_read_encoded(reader, bytes, count, &page) != SCRIBA_OK) puts(scriba_last_error());
 *
 * examples/read_text_c.c is a whole program.
 *
 * - Every call that can fail returns a scriba_status; scriba_last_error() says what was wrong. No C++ exception leaves a call.
 * - Texts are UTF-8, end in a zero byte and belong to the library.
 * - A reader may be used by several threads at once, and a page be looked at by several. What is freed must not be in use.
 * - What is compiled with this header works with every later library of the same SCRIBA_ABI_VERSION. Structs say their size, and a field
 *   that is zero means what it meant before there was such a field: start from `= {.size = sizeof ..}`, not from uninitialised memory. */
#ifndef SCRIBA_SCRIBA_H
#define SCRIBA_SCRIBA_H

#include <stddef.h>
#include <stdint.h>

#if defined(_WIN32) && defined(SCRIBA_C_BUILD)
#define SCRIBA_API __declspec(dllexport)
#elif defined(_WIN32)
#define SCRIBA_API __declspec(dllimport)
#elif defined(__GNUC__)
#define SCRIBA_API __attribute__((visibility("default")))
#else
#define SCRIBA_API
#endif

#ifdef __cplusplus
extern "C" {
#endif

/* Raised when programs have to be compiled anew. */
#define SCRIBA_ABI_VERSION 1

/* The library's own version, "0.1.0", and the SCRIBA_ABI_VERSION that it was built with. */
SCRIBA_API const char* scriba_version(void);
SCRIBA_API int32_t scriba_abi_version(void);

/* Later libraries may return others. */
typedef int32_t scriba_status;
enum {
  SCRIBA_OK = 0,
  SCRIBA_BAD_ARGUMENT = 1,  /* the call: a null pointer, a size or a number out of its range */
  SCRIBA_BAD_INPUT = 2,     /* a file or an image that is missing, damaged, too large or of the wrong kind; an engine that is not there */
  SCRIBA_OUT_OF_MEMORY = 3, /* nothing was changed */
  SCRIBA_FAILED = 4         /* anything else */
};

/* One line, without line feeds, on the last call of this thread that failed; empty before there was any. Valid until the thread's next call
 * that fails. */
SCRIBA_API const char* scriba_last_error(void);

/* Pretrained networks: lines of text in 50 languages, or single words in photographs (printable ASCII). */
enum { SCRIBA_LINES = 0, SCRIBA_WORDS = 1 };

/* What runs the networks. */
enum {
  SCRIBA_ENGINE_AUTOMATIC = 0, /* the fastest that the library has for each file */
  SCRIBA_ENGINE_LIBTORCH = 1,
  SCRIBA_ENGINE_OPENVINO = 2,
  SCRIBA_ENGINE_OPENCV = 3,  /* OpenCV's dnn module */
  SCRIBA_ENGINE_TENSORRT = 4 /* on an NVIDIA GPU */
};

/* Zero is a good value for everything but `size`. Nothing is kept of it after the call. */
typedef struct scriba_options {
  size_t size; /* sizeof(scriba_options) */

  /* ONNX and TorchScript files, and what Scriba's training wrote. NULL: the pretrained ones. */
  const char* detector_file;
  const char* recognizer_file;
  const char* direction_file; /* tells lines that stand upside down; ONNX */
  const char* alphabet_file;  /* for a recogniser whose file brings no alphabet: one character a line */

  int32_t networks;     /* which are taken for files that are NULL: SCRIBA_LINES, SCRIBA_WORDS */
  int32_t engine;       /* SCRIBA_ENGINE_.. */
  int32_t no_direction; /* 1: do not look for lines that stand upside down */
  int32_t threads;      /* cores to use, up to 1024; 0: all. LibTorch's and OpenCV's count for the process: the last reader made decides */
  int32_t at_once;      /* images that are read at the same time by as many threads of yours, which share the cores; 0: one.
                           SCRIBA_ENGINE_OPENCV runs its networks one after the other, on all cores */
  float min_score;      /* lines below are left out, up to 1; 0: 0.5; below 0: none is */

  const char* engine_cache; /* SCRIBA_ENGINE_TENSORRT: folder for compiled networks, which take minutes; NULL: none is kept */
} scriba_options;

/* Loads the networks, which takes about a second: make one reader and keep it. NULL for `options`: the defaults. After a failure `*reader`
 * is NULL. */
typedef struct scriba_reader scriba_reader;
SCRIBA_API scriba_status scriba_reader_new(const scriba_options* options, scriba_reader** reader);
SCRIBA_API void scriba_reader_free(scriba_reader* reader); /* NULL: nothing happens */

/* What runs the networks, for example "OpenVINO". Valid as long as the reader. */
SCRIBA_API scriba_status scriba_reader_engine(const scriba_reader* reader, const char** name);

/* How the 8-bit channels of a pixel follow each other. Transparent images are laid on white, or on black when what is visible is bright. */
enum { SCRIBA_GRAY = 0, SCRIBA_BGR = 1, SCRIBA_RGB = 2, SCRIBA_BGRA = 3, SCRIBA_RGBA = 4 };

/* Reads the text of an image. `stride`: bytes from one row to the next; 0: rows follow without a gap. Pixels are not needed after the call.
 * After a failure `*page` is NULL. */
typedef struct scriba_page scriba_page;
SCRIBA_API scriba_status scriba_read_pixels(const scriba_reader* reader, const void* pixels, int32_t width, int32_t height, size_t stride,
                                            int32_t order, scriba_page** page);

/* The same for the bytes of an image file: JPEG (turned as its orientation tag says), PNG, BMP, TIFF, WebP, PNM, JPEG 2000. */
SCRIBA_API scriba_status scriba_read_encoded(const scriba_reader* reader, const void* bytes, size_t count, scriba_page** page);
SCRIBA_API void scriba_page_free(scriba_page* page); /* NULL: nothing happens */

/* Pixels of the image, which a decoded file does not tell otherwise. */
SCRIBA_API scriba_status scriba_page_size(const scriba_page* page, int32_t* width, int32_t* height);

/* One line of text, in reading order, or one word. */
typedef struct scriba_line {
  size_t size;      /* sizeof(scriba_line), set by the caller */
  const char* text; /* valid as long as the page */
  float score;      /* of the text, 0..1 */
  float box_score;  /* of finding it, 0..1 */
  float corners[8]; /* x and y of four corners, pixels of the image, clockwise from the start of the text */
  int32_t turned;   /* 1: it stood upside down */
} scriba_line;

SCRIBA_API scriba_status scriba_page_count(const scriba_page* page, size_t* lines);

/* `index`: 0 .. lines - 1. */
SCRIBA_API scriba_status scriba_page_line(const scriba_page* page, size_t index, scriba_line* line);

#ifdef __cplusplus
}
#endif

#endif
