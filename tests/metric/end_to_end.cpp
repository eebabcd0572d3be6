#include <scriba/metric/end_to_end.hpp>

#include <doctest/doctest.h>

using namespace scriba;
using metric::EndToEnd, metric::ReadText;

namespace {

Polygon box(float x, float y, float w = 40, float h = 10) { return {{x, y}, {x + w, y}, {x + w, y + h}, {x, y + h}}; }
target::TextAnnotation truth(float x, const char* text, bool ignore = false) { return {box(x, 0), text, ignore}; }

bool equal(const char* label, const char* read) {
  EndToEnd protocol;
  return protocol.add(std::vector{truth(0, label)}, std::vector<ReadText>{{box(0, 0), read}}).matches.size() == 1;
}
bool spotted(const char* label, const char* read) {
  EndToEnd protocol({.word_spotting = true});
  return protocol.add(std::vector{truth(0, label)}, std::vector<ReadText>{{box(0, 0), read}}).matches.size() == 1;
}
bool looked_for(const char* label) {
  EndToEnd protocol({.word_spotting = true});
  return protocol.add(std::vector{truth(0, label)}, std::vector<ReadText>{}).ignored_truths.empty();
}

}  // namespace

TEST_CASE("a reading counts when place and text are right") {
  EndToEnd protocol;
  const std::vector truths{truth(0, "Exit"), truth(100, "ROAD"), truth(200, "###", true), truth(300, "lane")};
  const std::vector<ReadText> readings{{box(2, 0), "exit"}, {box(100, 0), "read"}, {box(205, 0), "anything"}, {box(330, 0), "lane"}};
  const auto image = protocol.add(truths, readings);
  CHECK(image.matches == std::vector<metric::DetectionMatch>{{0, 0}});
  CHECK(image.ignored_truths == std::vector<std::size_t>{2});
  CHECK(image.ignored_detections == std::vector<std::size_t>{2});
  CHECK(image.score.precision == doctest::Approx(1.0 / 3));
  CHECK(image.score.recall == doctest::Approx(1.0 / 3));
  // All images together, not the mean of the images.
  protocol.add(std::vector{truth(0, "one")}, std::vector<ReadText>{{box(0, 0), "one"}});
  CHECK(protocol.score().recall == doctest::Approx(2.0 / 4));
  CHECK(protocol.score().precision == doctest::Approx(2.0 / 4));
}

TEST_CASE("a wrong text on the right place uses the label up") {
  EndToEnd protocol;
  const auto image = protocol.add(std::vector{truth(0, "exit")}, std::vector<ReadText>{{box(1, 0), "exlt"}, {box(0, 0), "exit"}});
  CHECK(image.matches.empty());
  CHECK(protocol.score().hmean() == 0);
}

TEST_CASE("case does not count, and signs at the ends of a label need not be read") {
  CHECK(equal("Straße", "STRAßE"));
  CHECK(equal("ÉTÉ", "été"));
  CHECK(equal("(exit)", "exit"));
  CHECK(equal("(exit)", "(exit"));
  CHECK(equal("exit.", "exit"));
  CHECK(equal("exit.", "exit."));
  CHECK_FALSE(equal("exit..", "exit"));  // one sign at each end
  CHECK_FALSE(equal("exit", "exit."));   // of the label, not of the reading
  CHECK_FALSE(equal("-exit", "exit"));   // a hyphen is none
  CHECK_FALSE(equal("co.uk", "couk"));
  CHECK_FALSE(equal("exit", ""));
  CHECK(equal(".", ""));
  CHECK(equal("", ""));
}

TEST_CASE("word spotting looks for words of letters alone") {
  CHECK(looked_for("street"));
  CHECK(looked_for("Joe's"));
  CHECK(looked_for("-well-known-"));
  CHECK(looked_for("Ωmega"));
  CHECK_FALSE(looked_for("no"));     // short
  CHECK_FALSE(looked_for("24h"));    // a digit
  CHECK_FALSE(looked_for("co.uk"));  // two words
  CHECK_FALSE(looked_for("a×b"));
  CHECK_FALSE(looked_for("中文字"));
  CHECK_FALSE(looked_for(""));
  CHECK(spotted("Joe's", "joe"));
  CHECK(spotted("(exit)", "EXIT"));
  CHECK_FALSE(spotted("(exit)", "(exit)"));
}

TEST_CASE("nothing at all is no division by zero") {
  EndToEnd protocol;
  CHECK(protocol.score().hmean() == 0);
  const auto image = protocol.add({}, {});
  CHECK(image.score.hmean() == 1);
  CHECK(protocol.add({}, std::vector<ReadText>{{box(0, 0), "x"}}).score.precision == 0);
}
