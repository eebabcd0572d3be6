#include <scriba/text/merge_transcripts.hpp>

#include <doctest/doctest.h>

#include <string>

using scriba::merged, scriba::Transcript, scriba::WindowTranscript;

namespace {

// What a window of 100 columns reads of a line whose characters stand 10 columns apart, a frame of 2 columns each.
WindowTranscript window(const std::string& line, double left, float score = 1) {
  WindowTranscript out{{.score = score, .frames = 50, .frame_width = 2}, left, left + 100};
  for (std::size_t i = 0; i < line.size(); ++i) {
    const double centre = 5 + 10 * static_cast<double>(i);
    if (centre < left || centre > left + 100) continue;
    const auto frame = static_cast<std::int64_t>((centre - left) / 2);
    out.transcript.text += line[i];
    out.transcript.characters.push_back({1, std::string(1, line[i]), frame, frame, score});
  }
  return out;
}

void wrong(WindowTranscript& window, std::size_t at, const char* text) { window.transcript.characters.at(at).text = text; }

const std::string kLine = "abcdefghijklmnopqrstuvwx";  // 240 columns

}  // namespace

TEST_CASE("windows of a line give the line, with frames that go on") {
  const std::vector<WindowTranscript> windows{window(kLine, 0), window(kLine, 70), window(kLine, 140)};
  const auto line = merged(windows);
  CHECK(line.text == kLine);
  CHECK(line.frames == 120);
  CHECK(line.frame_width == 2);
  REQUIRE(line.characters.size() == kLine.size());
  for (std::size_t i = 0; i < kLine.size(); ++i)
    CHECK(line.characters[i].first_frame == doctest::Approx(2.5 + 5 * static_cast<double>(i)).epsilon(0.5));
  CHECK(line.score == 1);
}

TEST_CASE("what is cut by a window's edge does not count") {
  std::vector<WindowTranscript> windows{window(kLine, 0), window(kLine, 60)};
  wrong(windows[0], windows[0].transcript.characters.size() - 1, "?");  // j, cut on the right
  wrong(windows[1], 0, "!");                                            // g, cut on the left
  CHECK(merged(windows).text == kLine.substr(0, 16));
}

TEST_CASE("repeated letters go over at the right one; where nothing agrees, at the middle") {
  const std::string same(16, 'o');
  CHECK(merged(std::vector{window(same, 0), window(same, 60)}).text == same);
  const std::string capitals = "ABCDEFGHIJKLMNOP";
  const auto text = merged(std::vector{window(kLine.substr(0, 16), 0), window(capitals, 60)}).text;
  CHECK(text == "abcdefghIJKLMNOP");
}

TEST_CASE("scores count by characters; empty windows and no windows") {
  const auto line = merged(std::vector{window(kLine, 0, 0.5f), window(kLine, 60, 1)});
  CHECK(line.text == kLine.substr(0, 16));
  CHECK(line.score > 0.5f);
  CHECK(line.score < 1.f);
  CHECK(merged({}).text.empty());
  const std::vector<WindowTranscript> nothing{{{}, 0, 100}, {{}, 60, 160}};
  CHECK(merged(nothing).text.empty());
  CHECK(merged(nothing).score == 0);
  CHECK(merged(std::vector{window(kLine, 0), WindowTranscript{{}, 60, 160}}).text == "abcdefgh");
}
