#include <scriba/core/progress.hpp>

#include <doctest/doctest.h>

TEST_CASE("durations are short texts") {
  CHECK(scriba::duration_text(0) == "0 s");
  CHECK(scriba::duration_text(59.4) == "59 s");
  CHECK(scriba::duration_text(59.6) == "1:00");
  CHECK(scriba::duration_text(3599) == "59:59");
  CHECK(scriba::duration_text(3723) == "1:02:03");
}

TEST_CASE("progress is silent where stderr is no terminal, and when asked to be") {
  // ctest gives programs a pipe; on a terminal the line shows, which no check here sees.
  scriba::Progress progress(3, /*quiet=*/true, "steps", 1);
  progress.step("loss 0.5");
  progress.step();
  progress.step();  // beyond the total is no crime
}
