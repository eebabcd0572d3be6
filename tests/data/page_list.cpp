#include <scriba/data/page_list.hpp>

#include <doctest/doctest.h>

#include "io/temporary_folder.hpp"

using namespace scriba;
using data::PageForm, data::read_page_folder, data::read_page_list;
namespace fs = std::filesystem;

namespace {

struct Folder : TemporaryFolder {
  Folder() {
    fs::create_directories(*this / "images");
    fs::create_directories(*this / "labels");
    file("labels/a.txt", "0,0,9,0,9,8,0,8,word\n");
    file("labels/b.txt", "0,0,9,0,9,8,0,8,###\n0,0,9,0,9,8,0,8,two\n");
  }
};

}  // namespace

TEST_CASE("a list of images and label files") {
  const Folder folder;
  const auto pages = read_page_list(folder.file("list.txt", "images/a.jpg\tlabels/a.txt\r\nimages/b.jpg\tlabels/b.txt\n"));
  REQUIRE(pages.size() == 2);
  CHECK(pages[0].image == folder / "images/a.jpg");
  CHECK(pages[0].labels == (folder / "labels/a.txt").string());
  CHECK(pages[0].texts[0].transcription == "word");
  CHECK(pages[1].texts.size() == 2);
  CHECK(pages[1].texts[0].ignore);
  CHECK(read_page_list(folder.file("empty.txt", "")).empty());

  // Relative to another folder, and absolute.
  const auto away = read_page_list(folder.file("away.txt", "a.jpg\ta.txt\n/x/b.jpg\t" + (folder / "labels/b.txt").string() + "\n"),
                                   {.root = folder / "labels"});
  REQUIRE(away.size() == 2);
  CHECK(away[0].image == folder / "labels/a.jpg");
  CHECK(away[1].image == "/x/b.jpg");
}

TEST_CASE("a list of images and JSON") {
  const Folder folder;
  const auto pages = read_page_list(folder.file(
      "Label.txt",
      "images/a b.jpg\t[{\"transcription\": \"x\\ty\", \"points\": [[1, 2], [30, 2], [30, 12], [1, 12]]}]\nimages/b.jpg\t[]\n"));
  REQUIRE(pages.size() == 2);
  CHECK(pages[0].image == folder / "images/a b.jpg");
  CHECK(pages[0].texts[0].transcription == "x\ty");
  CHECK(pages[1].texts.empty());
  CHECK(pages[1].labels == (folder / "Label.txt").string() + ", line 2");
  CHECK_THROWS_WITH_AS(read_page_list(folder.file("bad.txt", "a.jpg\t[]\nb.jpg\t[{\"transcription\": 1}]\n")),
                       doctest::Contains("bad.txt, line 2, text 1: expected {\"points\""), Error);
}

TEST_CASE("bad lines of a list name file, line and form") {
  const Folder folder;
  const auto refused = [&](const std::string& content, const char* says) {
    CHECK_THROWS_WITH_AS(read_page_list(folder.file("list.txt", content)), doctest::Contains(says), Error);
  };
  refused("images/a.jpg labels/a.txt\n", "list.txt, line 1: expected image<TAB>labels, a file or JSON, got 'images/a.jpg labels/a.txt'");
  refused("images/a.jpg\tlabels/a.txt\nimages/a.jpg\t\n", "list.txt, line 2: expected image<TAB>labels");
  refused("\tlabels/a.txt\n", "line 1");
  refused("images/a.jpg\tlabels/none.txt\n", "list.txt, line 1: expected a label file, got no file");
  folder.file("labels/c.txt", "0,0,9,0,9,8,0,8,word\n0,0\n");
  refused("images/c.jpg\tlabels/c.txt\n", "c.txt, line 2: expected x1,y1,x2,y2,x3,y3,x4,y4,text");
  CHECK_THROWS_WITH_AS(read_page_list(folder / "none.txt"), doctest::Contains("no such file"), Error);

  // All of them at once, and what is good is there.
  std::vector<std::string> told;
  const auto pages = read_page_list(
      folder.file("list.txt", "bad\nimages/a.jpg\tlabels/a.txt\nimages/a.jpg\tlabels/none.txt\nimages/c.jpg\tlabels/c.txt\n"),
      {.labels = {.bad_entry = [&](const Error& error) { told.push_back(error.what()); }}});
  CHECK(told.size() == 3);
  REQUIRE(pages.size() == 2);
  CHECK(pages[1].texts.size() == 1);
}

TEST_CASE("a folder of images and one of labels") {
  const Folder folder;
  for (const char* name : {"images/b.JPG", "images/a.png", "images/notes.txt"}) folder.file(name, "");
  auto pages = read_page_folder(folder / "images", folder / "labels");
  REQUIRE(pages.size() == 2);
  CHECK(pages[0].image == folder / "images/a.png");
  CHECK(pages[1].texts.size() == 2);

  folder.file("images/img7.jpg", "");
  CHECK_THROWS_WITH_AS(read_page_folder(folder / "images", folder / "labels"), doctest::Contains("images/img7.jpg: expected"), Error);
  // As ICDAR, Total-Text and MSRA-TD500 name them.
  for (const char* name : {"img7.gt", "poly_gt_img7.txt", "img7.txt", "gt_img7.txt"}) {
    folder.file(std::string("labels/") + name, std::string(name).ends_with(".gt") ? "0 0 10 20 100 40 0\n" : "0,0,9,0,9,8,0,8,a\n");
    CHECK(data::find_labels(folder / "labels", "img7") == folder / (std::string("labels/") + name));
  }
  pages = read_page_folder(folder / "images", folder / "labels", {.form = PageForm::icdar2015});
  CHECK(pages.size() == 3);
  CHECK_THROWS_WITH_AS(read_page_folder(folder / "none", folder / "labels"), doctest::Contains("none"), Error);
  CHECK_THROWS_WITH_AS(read_page_folder(folder / "labels", folder / "labels"), doctest::Contains("no images in a folder"), Error);
  CHECK_THROWS_WITH_AS(read_page_folder(folder / "images", folder / "none"), doctest::Contains("expected a folder"), Error);
}

TEST_CASE("label files tell the names of their images") {
  const TemporaryFolder folder;
  for (const char* name : {"gt_img_10.txt", "gt_img_2.txt", "img_2.txt", "poly_gt_img1.txt", "IMG_0001.gt", "7.xml", "page.v2.json",
                           "gt_.txt", "notes.md", ".txt", "img_3.jpg"})
    folder.file(name, "");
  std::filesystem::create_directory(folder / "folder.txt");
  const auto names = data::labelled_names(folder / "");
  CHECK(names == std::vector<std::string>{"7", "IMG_0001", "gt_", "img1", "img_2", "img_10", "page.v2"});
  for (const auto& name : names) CHECK_FALSE(data::find_labels(folder / "", name).empty());

  const TemporaryFolder empty;
  empty.file("notes.md", "");
  CHECK_THROWS_WITH_AS(data::labelled_names(empty / ""), doctest::Contains("no labels in a folder"), Error);
  CHECK_THROWS_WITH_AS(data::labelled_names(empty / "none"), doctest::Contains("cannot read a folder"), Error);
}

TEST_CASE("images come in the order of their names, numbers in names as numbers") {
  const TemporaryFolder folder;
  for (const char* name : {"img_10.jpg", "img_2.jpg", "img_1.jpg", "img_02.JPEG", "a.png", "img_2b.png", "10.tif", "9.tif", "notes.md"})
    folder.file(name, "");
  std::vector<std::string> names;
  for (const auto& file : data::image_files(folder / "")) names.push_back(file.filename().string());
  CHECK(names == std::vector<std::string>{"9.tif", "10.tif", "a.png", "img_1.jpg", "img_02.JPEG", "img_2.jpg", "img_2b.png", "img_10.jpg"});
}

TEST_CASE("the form of label files is found over all of them") {
  const Folder folder;
  for (const char* name : {"images/a.png", "images/b.png", "images/c.png"}) folder.file(name, "");
  folder.file("labels/c.txt", "0,0,9,0,12,4,9,8,0,8,curve\n");
  folder.file("labels/b.txt", "0,0,9,0,9,8,0,8,5,5,x\n");
  const auto pages = read_page_folder(folder / "images", folder / "labels");
  CHECK(pages[0].texts[0].transcription == "word");
  CHECK(pages[1].texts[0].polygon.size() == 5);  // of "c.txt" alone nobody could tell
  CHECK(pages[2].texts[0].polygon.size() == 5);
}

TEST_CASE("COCO-Text, both editions") {
  const Folder folder;
  const auto file = folder.file("coco.json", R"({"imgs": {"7": {"id": 7, "file_name": "seven.jpg", "set": "train"},
      "8": {"id": 8, "file_name": "eight.jpg", "set": "val"}},
    "anns": {"1": {"image_id": 7, "polygon": [1, 2, 30, 2, 30, 12, 1, 12], "bbox": [1, 2, 29, 10], "utf8_string": "a", "legibility": "legible"},
      "2": {"image_id": 7, "mask": [1, 2, 30, 2, 30, 12, 1, 12, 0, 5], "utf8_string": "", "legibility": "illegible"},
      "3": {"image_id": "8", "bbox": [1, 2, 29, 10], "utf8_string": "b"}}})");
  const auto all = read_page_list(file, {.root = "images"});
  REQUIRE(all.size() == 2);
  CHECK(all[0].image == "images/seven.jpg");
  REQUIRE(all[0].texts.size() == 2);
  CHECK(all[0].texts[0].polygon.size() == 4);
  CHECK(all[0].texts[1].polygon.size() == 5);
  CHECK(all[0].texts[1].ignore);
  CHECK(all[1].texts[0].polygon == Polygon{{1, 2}, {30, 2}, {30, 12}, {1, 12}});
  const auto val = read_page_list(file, {.subset = "val"});
  REQUIRE(val.size() == 1);
  CHECK(val[0].texts[0].transcription == "b");

  const auto refused = [&](const std::string& content, const char* says) {
    CHECK_THROWS_WITH_AS(read_page_list(folder.file("bad.json", content)), doctest::Contains(says), Error);
  };
  refused("{}", "bad.json: expected COCO-Text's {\"imgs\"");
  refused("{\"imgs\": {\"7\": {}}, \"anns\": {}}", "bad.json, image 7: expected {\"file_name\"");
  refused("{\"imgs\": {}, \"anns\": {\"1\": {\"image_id\": 7}}}", "bad.json, annotation 1: expected {\"image_id\"");
  refused("{\"imgs\": ", "bad.json");
}

TEST_CASE("LSVT's and ArT's JSON") {
  const Folder folder;
  const auto pages = read_page_list(folder.file("labels.json", R"({"gt_0": [{"transcription": "a", "points": [[1, 2], [30, 2], [30, 12]]},
      {"transcription": "b", "points": [[1, 2], [30, 2], [30, 12]], "illegibility": true}], "gt_1.png": []})"));
  REQUIRE(pages.size() == 2);
  CHECK(pages[0].image == folder / "gt_0.jpg");
  REQUIRE(pages[0].texts.size() == 2);
  CHECK_FALSE(pages[0].texts[0].ignore);
  CHECK(pages[0].texts[1].ignore);
  CHECK(pages[1].image == folder / "gt_1.png");
  CHECK_THROWS_WITH_AS(read_page_list(folder.file("bad.json", "{\"gt_0\": [], \"gt_1\": [{\"points\": []}]}")),
                       doctest::Contains("bad.json, image gt_1, text 1: expected {\"points\""), Error);
  CHECK_THROWS_WITH_AS(read_page_list(folder.file("bad.json", "{\"gt_0\": [], \"gt_1\": 7}")),
                       doctest::Contains("bad.json, image gt_1: expected [{\"points\""), Error);
}

TEST_CASE("ICDAR 2003's pages") {
  const Folder folder;
  const auto pages = read_page_list(folder.file("locations.xml", R"(<?xml version="1.0" encoding="UTF-8"?>
<tagset><image><imageName>apanar/IMG_1.JPG</imageName><resolution x="1600" y="1200"/><taggedRectangles>
<taggedRectangle x="174.0" y="392.0" width="274.0" height="195.0" offset="0.0"><tag>self &amp; co</tag></taggedRectangle>
</taggedRectangles></image></tagset>)"));
  REQUIRE(pages.size() == 1);
  CHECK(pages[0].image == folder / "apanar/IMG_1.JPG");
  REQUIRE(pages[0].texts.size() == 1);
  CHECK(pages[0].texts[0].transcription == "self & co");
  CHECK(pages[0].texts[0].polygon == Polygon{{174, 392}, {448, 392}, {448, 587}, {174, 587}});
  CHECK_THROWS_WITH_AS(read_page_list(folder.file("bad.xml", "<tagset>\n<image></tagset>")),
                       doctest::Contains("bad.xml, line 2: expected XML"), Error);
  CHECK_THROWS_WITH_AS(
      read_page_list(folder.file("bad.xml", "<t><image><imageName>a</imageName><r><taggedRectangle x=\"1\"/></r></image></t>")),
      doctest::Contains("image a: expected <taggedRectangle x"), Error);
}
