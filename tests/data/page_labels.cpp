#include <scriba/data/page_labels.hpp>

#include <doctest/doctest.h>

#include <numbers>

using namespace scriba;
using data::PageForm, data::PageLabelOptions, data::parse_page_labels;

namespace {

// The texts of `content`, and that automatic finds the form when it should.
std::vector<target::TextAnnotation> read(PageForm form, const std::string& content, bool found = true) {
  CHECK((data::detect_page_form(std::span(&content, 1)) == form) == found);
  return parse_page_labels(content, "gt.txt", {.form = form});
}

void refused(PageForm form, const std::string& content, const char* says, PageLabelOptions options = {}) {
  options.form = form;
  CHECK_THROWS_WITH_AS(parse_page_labels(content, "gt_img_7.txt", options), doctest::Contains(says), Error);
}

}  // namespace

TEST_CASE("ICDAR 2015: four corners, and all that follows is the text") {
  const auto texts = read(PageForm::icdar2015,
                          "\xEF\xBB\xBF"
                          "1,2,30,2,30,12,1,12,A,B\r\n\r\n-5,0,9.5,0,9,8,0,8,###\r\n0,0,9,0,9,8,0,8,\"say \\\"hi\\\"\"\n");
  REQUIRE(texts.size() == 3);
  CHECK(texts[0].transcription == "A,B");
  CHECK(texts[0].polygon == Polygon{{1, 2}, {30, 2}, {30, 12}, {1, 12}});
  CHECK_FALSE(texts[0].ignore);
  CHECK(texts[1].ignore);
  CHECK(texts[1].polygon[0] == Point(-5, 0));
  CHECK(texts[2].transcription == "say \"hi\"");
  CHECK(parse_page_labels("", "gt").empty());

  refused(PageForm::icdar2015, "0,0,9,0,9,8,0,8,a\n0,0,9,0,9,8,0\n",
          "gt_img_7.txt, line 2: expected x1,y1,x2,y2,x3,y3,x4,y4,text, got '0,0,9,0,9,8,0'");
  refused(PageForm::icdar2015, "0,0,9,0,9,8,0,x,a\n", "line 1");
  refused(PageForm::icdar2015, "0,0,9,0,9,8,0,nan,a\n", "line 1");
  refused(PageForm::icdar2015, "0,0,9,0,9,8,0,1e99,a\n", "line 1");
  refused(PageForm::icdar2015, "0,0,0,8,9,8,9,0,a\n", "clockwise", {.clockwise_only = true});
}

TEST_CASE("any number of corners, the text after the last comma") {
  const auto texts = read(PageForm::polygons, "0,0,9,0,12,4,9,8,0,8,curve\n0,0,9,0,9,8,###\n");
  REQUIRE(texts.size() == 2);
  CHECK(texts[0].polygon.size() == 5);
  CHECK(texts[0].transcription == "curve");
  CHECK(texts[1].polygon.size() == 3);
  CHECK(texts[1].ignore);
  refused(PageForm::polygons, "0,0,9,0,a\n", "line 1: expected x1,y1,...,xn,yn,text with three corners or more, got '0,0,9,0,a'");
  refused(PageForm::polygons, "0,0,9,0,9,8,1,a\n", "three corners");
}

TEST_CASE("a class for a text") {
  const auto texts = read(PageForm::classes, "0,0,9,0,9,8,0,8,2\r\n0,0,9,0,9,8,0,8,#\n", false);
  REQUIRE(texts.size() == 2);
  CHECK(texts[0].class_id == 2);
  CHECK(texts[0].transcription.empty());
  CHECK_FALSE(texts[0].ignore);
  CHECK(texts[1].ignore);
  refused(PageForm::classes, "0,0,9,0,9,8,0,8,word\n", "line 1: expected x1,y1,...,xn,yn,class");
  refused(PageForm::classes, "0,0,9,0,9,8,0,8,-1\n", "class from 0");
}

TEST_CASE("ICDAR 2017 MLT names the script") {
  const std::string content = "0,0,9,0,9,8,0,8,Latin,a,b\n0,0,9,0,9,8,0,8,Arabic,###\n0,0,9,0,9,8,0,8,Korean,\xED\x95\x9C\n";
  const auto texts = read(PageForm::icdar2017, content);
  REQUIRE(texts.size() == 3);
  CHECK(texts[0].transcription == "a,b");
  CHECK(texts[1].ignore);
  CHECK_FALSE(texts[2].ignore);
  const auto latin = parse_page_labels(content, "gt", {.form = PageForm::icdar2017, .scripts = {"Latin"}});
  CHECK_FALSE(latin[0].ignore);
  CHECK(latin[2].ignore);
  refused(PageForm::icdar2017, "0,0,9,0,9,8,0,8,Klingon,a\n", "line 1: expected x1,y1,x2,y2,x3,y3,x4,y4,Script,text");
}

TEST_CASE("ICDAR 2013: upright boxes and texts in quotes") {
  for (const char* content : {"38 43 920 215 \"Tired, \\\"so\\\"\"\r\n275 264 665 450 \"###\"\n",
                              "38, 43, 920, 215, \"Tired, \\\"so\\\"\"\r\n275, 264, 665, 450, \"###\"\n"}) {
    const auto texts = read(PageForm::icdar2013, content);
    REQUIRE(texts.size() == 2);
    CHECK(texts[0].transcription == "Tired, \"so\"");
    CHECK(texts[0].polygon == Polygon{{38, 43}, {920, 43}, {920, 215}, {38, 215}});
    CHECK(texts[1].ignore);
  }
  refused(PageForm::icdar2013, "38 43 920 \"x\"\n", "line 1: expected left top right bottom \"text\", got '38 43 920 \"x\"'");
  refused(PageForm::icdar2013, "38 43 920 215 x\n", "line 1");
}

TEST_CASE("Total-Text: outlines of any length, broken into lines or not") {
  const auto texts = read(PageForm::total_text,
                          "x: [[206 633 251]], y: [[1165  619 1100]], ornt: [u'c'], transcriptions: [u'it\\'s [so]']\n"
                          "x: [[1 2 3\n  4]], y: [[5 6 7\n 8]], ornt: [u'#'], transcriptions: [u'#']\n"
                          "x: [[1, 2, 3]], y: [[1, 1, 5]], ornt: [u'm'], transcriptions: [u\"don't\"]\n");
  REQUIRE(texts.size() == 3);
  CHECK(texts[0].polygon == Polygon{{206, 1165}, {633, 619}, {251, 1100}});
  CHECK(texts[0].transcription == "it's [so]");
  CHECK(texts[1].polygon.size() == 4);
  CHECK(texts[1].ignore);
  CHECK(texts[2].transcription == "don't");

  const char* good = "x: [[1 2 3\n]], y: [[5 6 7]], ornt: [u'c'], transcriptions: [u'a']\n";
  refused(PageForm::total_text, good + std::string("x: [[1 2]], y: [[5 6]], ornt: [u'c'], transcriptions: [u'a']\n"),
          "gt_img_7.txt, line 3: expected x: [[x1 x2 ..]]");
  refused(PageForm::total_text, "x: [[1 2 3]], y: [[5 6]], ornt: [u'c'], transcriptions: [u'a']\n", "line 1");
  refused(PageForm::total_text, "x: [[1 2 3]], y: [[5 6 7\n", "line 1");
  refused(PageForm::total_text, "1,2,3\n", "line 1");
  // A forgotten bracket costs its own text alone.
  std::size_t bad = 0;
  CHECK(parse_page_labels("x: [[1 2 3]], y: [[5 6 7, ornt: [u'c'], transcriptions: [u'a']\n" + std::string(good), "gt",
                          {.form = PageForm::total_text, .bad_entry = [&](const Error&) { ++bad; }})
            .size() == 1);
  CHECK(bad == 1);
}

TEST_CASE("CTW1500: test labels, training labels, XML") {
  const std::string numbers = "0,0,10,0,20,0,30,0,40,0,50,0,60,0,60,9,50,9,40,9,30,9,20,9,10,9,0,9";
  auto texts = read(PageForm::ctw1500, numbers + ",####word, and word\n" + numbers + ",#######\n");
  REQUIRE(texts.size() == 2);
  CHECK(texts[0].polygon.size() == 14);
  CHECK(texts[0].polygon[7] == Point(60, 9));
  CHECK(texts[0].transcription == "word, and word");
  CHECK(texts[1].ignore);

  texts = read(PageForm::ctw1500, "100,200,160,209," + numbers + "\n");
  REQUIRE(texts.size() == 1);
  CHECK(texts[0].polygon[7] == Point(160, 209));

  texts =
      read(PageForm::ctw1500, "<?xml version=\"1.0\"?><Annotations><image file=\"1.jpg\"><box left=\"0\"><label>A &amp; B</label><segs>" +
                                  numbers + "</segs><pts x=\"1\" y=\"2\"/></box></image></Annotations>");
  REQUIRE(texts.size() == 1);
  CHECK(texts[0].transcription == "A & B");
  CHECK(texts[0].polygon.size() == 14);

  refused(PageForm::ctw1500, numbers + ",word\n", "line 1: expected x1,y1,...,x14,y14,####text");
  refused(PageForm::ctw1500, "<a><box><segs>1,2,3</segs></box></a>", "gt_img_7.txt, box 1: expected <segs>x1,y1,...,xn,yn</segs>");
  refused(PageForm::ctw1500, "<a>\n<box>", "gt_img_7.txt, line 2: expected XML");
  std::string deep;
  for (int i = 0; i < 100000; ++i) deep += "<a>";
  refused(PageForm::ctw1500, deep, "nested deeper than 64");
  CHECK(parse_page_labels("<a><!-- " + deep.substr(0, 600) + " --><box><segs>" + numbers + "</segs></box></a>", "gt").size() == 1);
}

TEST_CASE("MSRA-TD500: boxes turned about their centre") {
  const auto texts = read(PageForm::msra_td500, "0 0 10 20 100 40 1.5707963\n1 1 0 0 4 2 0\r\n");
  REQUIRE(texts.size() == 2);
  // The centre is (60, 40); a quarter turn clockwise takes the left upper corner to the right upper one.
  CHECK(texts[0].polygon[0].x == doctest::Approx(80));
  CHECK(texts[0].polygon[0].y == doctest::Approx(-10));
  CHECK(texts[0].polygon[2].x == doctest::Approx(40));
  CHECK(texts[0].polygon[2].y == doctest::Approx(90));
  CHECK(texts[1].ignore);
  CHECK(texts[1].polygon == Polygon{{0, 0}, {4, 0}, {4, 2}, {0, 2}});
  refused(PageForm::msra_td500, "0 2 10 20 100 40 0.1\n", "line 1: expected index difficult left top width height angle");
  refused(PageForm::msra_td500, "0 0 10 20 100 40\n", "line 1");
}

TEST_CASE("JSON: points and transcription") {
  const auto texts = read(PageForm::json,
                          "[{\"transcription\": \"\\u00e9, \\\"x\\\"\", \"points\": [[1, 2], [30.5, 2], [30, 12], [1, 12], [0, 5]]},"
                          " {\"transcription\": \"*\", \"points\": [[1, 2], [3, 2], [3, 4]]}, {\"transcription\": \"###\", \"points\": "
                          "[[1, 2], [3, 2], [3, 4]]},"
                          " {\"transcription\": \"hard\", \"points\": [[1, 2], [3, 2], [3, 4]], \"difficult\": true}]");
  REQUIRE(texts.size() == 4);
  CHECK(texts[0].transcription == "\xC3\xA9, \"x\"");
  CHECK(texts[0].polygon.size() == 5);
  CHECK_FALSE(texts[0].ignore);
  for (int i : {1, 2, 3}) CHECK(texts[static_cast<std::size_t>(i)].ignore);
  CHECK(read(PageForm::json, "[]").empty());

  refused(PageForm::json, "[{\"transcription\": \"a\", \"points\": [[1, 2], [3, 2]]}]", "gt_img_7.txt, text 1: expected {\"points\"");
  refused(PageForm::json, "[{\"points\": [[1, 2], [3, 2], [3, 4]]}]", "text 1");
  refused(PageForm::json, "[{\"transcription\": 5, \"points\": [[1, 2], [3, 2], [3, 4]]}]", "text 1");
  refused(PageForm::json, "[{\"transcription\": \"a\", \"points\": [[1, 2], [3, 1e400], [3, 4]]}]", "gt_img_7.txt");
  refused(PageForm::json, "[7]", "text 1");
  refused(PageForm::json, "{}", "expected [{\"points\"");
  refused(PageForm::json, "[\n{\"points\": ", "gt_img_7.txt: expected [{\"points\"");
  refused(PageForm::json, std::string(100000, '['), "nested deeper than 64");
  refused(PageForm::json, std::string(100000, '[') + std::string(100000, ']'), "nested deeper than 64");
  // Brackets in a text do not count.
  CHECK(read(PageForm::json, "[{\"transcription\": \"\\\"" + std::string(100, '[') + "\", \"points\": [[1, 2], [3, 2], [3, 4]]}]").size() ==
        1);
}

TEST_CASE("FUNSD: the words of a form's fields") {
  const auto texts = read(PageForm::funsd,
                          "{\"form\": [{\"id\": 0, \"label\": \"question\", \"words\": [{\"box\": [1, 2, 30, 12], \"text\": \"Date:\"}, "
                          "{\"box\": [1, 2, 3, 4], \"text\": \"\"}]}, {\"label\": \"other\", \"words\": []}]}");
  REQUIRE(texts.size() == 1);
  CHECK(texts[0].class_id == 2);
  CHECK(texts[0].transcription == "Date:");
  CHECK(texts[0].polygon == Polygon{{1, 2}, {30, 2}, {30, 12}, {1, 12}});
  refused(PageForm::funsd, "{\"forms\": []}", "gt_img_7.txt: expected {\"form\"");
  refused(PageForm::funsd, "{\"form\": [{\"words\": [{\"box\": [1, 2, 3], \"text\": \"a\"}]}]}",
          "gt_img_7.txt, field 1: expected {\"box\"");
  refused(PageForm::funsd, "{\"form\": [{}]}", "field 1");
}

TEST_CASE("the form that fits most lines is found") {
  const auto found = [](std::vector<std::string> contents) { return data::detect_page_form(std::span<const std::string>(contents)); };
  CHECK(found({}) == PageForm::icdar2015);
  CHECK(found({"", "\n"}) == PageForm::icdar2015);
  CHECK(found({"hello"}) == PageForm::icdar2015);
  // One text that looks like a corner does not outweigh texts with commas, and one text with a comma no curved texts.
  CHECK(found({"0,0,9,0,9,8,0,8,5,10,20\n", "0,0,9,0,9,8,0,8,a,b\n0,0,9,0,9,8,0,8,c,d\n"}) == PageForm::icdar2015);
  CHECK(found({"0,0,9,0,9,8,0,8,1,1,a\n", "0,0,9,0,9,8,0,8,2,2,b\n0,0,9,0,9,8,0,8,c,d\n"}) == PageForm::polygons);
  for (const auto form : {PageForm::icdar2015, PageForm::classes, PageForm::total_text, PageForm::funsd})
    CHECK(data::page_form_named(data::name_of(form)) == form);
  CHECK_THROWS_WITH_AS(data::page_form_named("voc"), doctest::Contains("voc: expected one of automatic, icdar2015, "), Error);
}

TEST_CASE("bad entries are told, left out, and the rest is read") {
  std::vector<std::string> told;
  const auto texts =
      parse_page_labels("x\n0,0,9,0,9,8,0,8,a\n0,0,9\n", "gt.txt",
                        {.form = PageForm::icdar2015, .bad_entry = [&](const Error& error) { told.push_back(error.what()); }});
  CHECK(texts.size() == 1);
  REQUIRE(told.size() == 2);
  CHECK(told[0] == "cannot read labels: gt.txt, line 1: expected x1,y1,x2,y2,x3,y3,x4,y4,text, got 'x'");
  CHECK(told[1].find("gt.txt, line 3") != std::string::npos);
  CHECK_THROWS_WITH_AS(data::read_page_labels("no/such/file.txt"), doctest::Contains("no/such/file.txt: got no such file"), Error);
  CHECK_THROWS_WITH_AS(data::read_page_labels("/"), doctest::Contains("a folder"), Error);
}

TEST_CASE("anything at all is read or refused") {
  std::uint64_t state = 7;
  const auto draw = [&](std::uint64_t count) {
    state = state * 6364136223846793005u + 1442695040888963407u;
    return (state >> 33) % count;
  };
  const std::string pieces[] = {"0,0,9,0,9,8,0,8,",
                                "x: [[1 2 3]], y: [[",
                                "transcriptions: [u'",
                                "[{\"points\": [[1, 2], ",
                                "<box><segs>",
                                "\"",
                                "'",
                                "]]",
                                "\\",
                                "\n",
                                "\r\n",
                                "####",
                                ",",
                                "1e9 ",
                                "\xFF\xFE",
                                "{\"form\": [",
                                "</box>",
                                "u'a']",
                                "Latin,",
                                "5"};
  std::size_t read_some = 0, refusals = 0;
  for (int round = 0; round < 4000; ++round) {
    std::string content;
    for (auto n = draw(12); n > 0; --n) content += pieces[draw(std::size(pieces))];
    for (const auto form :
         {PageForm::automatic, PageForm::icdar2015, PageForm::polygons, PageForm::classes, PageForm::icdar2017, PageForm::icdar2013,
          PageForm::total_text, PageForm::ctw1500, PageForm::msra_td500, PageForm::json, PageForm::funsd})
      read_some += parse_page_labels(content, "gt", {.form = form, .bad_entry = [&](const Error&) { ++refusals; }}).size();
  }
  CHECK(read_some > 100);
  CHECK(refusals > 100);
}
