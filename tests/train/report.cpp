#include <scriba/train/report.hpp>

#include <doctest/doctest.h>

#include <fstream>
#include <iterator>

#include <scriba/core/error.hpp>
#include "io/temporary_folder.hpp"

using namespace scriba;
using train::LogLine;

namespace {

std::string report(const TemporaryFolder& folder, const std::vector<LogLine>& log, const std::vector<train::ReportPicture>& pictures = {}) {
  train::write_report(folder / "report.html", "Words & <lines>", log, pictures);
  std::ifstream file(folder / "report.html", std::ios::binary);
  return {std::istreambuf_iterator<char>(file), {}};
}

std::size_t count(const std::string& text, const std::string& part) {
  std::size_t out = 0;
  for (auto at = text.find(part); at != std::string::npos; at = text.find(part, at + 1)) ++out;
  return out;
}

}  // namespace

TEST_CASE("a report has a chart for every number, a table of validations, pictures, and needs nothing from elsewhere") {
  const TemporaryFolder folder;
  const std::vector<LogLine> log{{20, "train", {{"total", 2}, {"rate", 0.1}}},
                                 {40, "train", {{"total", 1}, {"rate", 0.1}}},
                                 {40, "validate", {{"hmean", 61.25}, {"precision", 70}}}};
  const auto html = report(folder, log, {{"a batch", cv::Mat(8, 8, CV_8UC3, cv::Scalar::all(90))}, {"nothing", {}}});
  CHECK(count(html, "<svg") == 4);
  CHECK(count(html, "class=\"curve\"") == 4);
  // From top left to bottom right: the loss falls.
  CHECK(html.find("M60 10L410 176") != std::string::npos);
  CHECK(html.find("<tr><td>40</td><td>61.25</td><td>70</td></tr>") != std::string::npos);
  CHECK(html.find("Words &amp; &lt;lines&gt;") != std::string::npos);
  CHECK(count(html, "data:image/jpeg;base64,/9j/") == 1);
  CHECK(html.find("http") == std::string::npos);
  CHECK(html.find("src=\"data") == html.find("src="));
}

TEST_CASE("an empty log and one point make a page, too") {
  const TemporaryFolder folder;
  CHECK(report(folder, {}).find("</html>") != std::string::npos);
  const auto html = report(folder, {{1, "train", {{"total", 3}}}});
  CHECK(html.find("<circle") != std::string::npos);
  CHECK(html.find("nan") == std::string::npos);
}

TEST_CASE("a place that cannot be written is an error") {
  const TemporaryFolder folder;
  CHECK_THROWS_WITH_AS(train::write_report(folder / "no/report.html", "", {}), doctest::Contains("cannot write a report"), Error);
}
