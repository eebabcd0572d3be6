/* Uses Scriba from C. It needs no pretrained files: a detector that is not there is an error with its name. */
#include <stdio.h>
#include <string.h>

#include <scriba/scriba.h>

int main(void) {
  scriba_options options = {.size = sizeof options, .detector_file = "no such detector.onnx"};
  scriba_reader* reader = NULL;
  const scriba_status status = scriba_reader_new(&options, &reader);
  const int fine = scriba_abi_version() == SCRIBA_ABI_VERSION && status == SCRIBA_BAD_INPUT && reader == NULL &&
                   strstr(scriba_last_error(), options.detector_file) != NULL;
  puts(fine ? "C works" : "C is broken");
  return fine ? 0 : 1;
}
