#pragma once

#include <filesystem>
#include <string>
#include <vector>

#include <scriba/data/bad_entry.hpp>
#include <scriba/data/page.hpp>
#include <scriba/data/page_labels.hpp>

/// Data sets of pages, as plain vectors.
namespace scriba::data {

struct PageListOptions {
  PageLabelOptions labels{};     ///< how label files are written; its bad_entry is told of bad lines of lists, too
  std::filesystem::path root{};  ///< what relative paths in a list begin at; empty: the list's folder
  std::string subset{};          ///< COCO-Text: "train", "val" or "test"; empty: all of it
};

/// The pages of a list. What it is shows from its content:
/// - lines `image<TAB>label file`, as make_train_list writes them;
/// - lines `image<TAB>[{"points": .., "transcription": ..}, ..]`: PaddleOCR's label files and SAST's lists;
/// - COCO-Text's JSON file, first or second edition;
/// - LSVT's and ArT's JSON file, `{"gt_0": [{"points": .., "transcription": ..}, ..], ..}`, for images gt_0.jpg and so on;
/// - ICDAR 2003's `locations.xml` or `words.xml`.
///
/// An entry that cannot be read (no TAB, no such label file, a bad label) is a bad entry: see BadEntry. Images are not looked at: that is
/// check_pages(). Throws Error when the list itself cannot be read.
std::vector<PageEntry> read_page_list(const std::filesystem::path& list, const PageListOptions& options = {});

/// The images of a folder, as image_files() has them, with the label files of another one (or the same). An image NAME.jpg belongs to
/// gt_NAME.txt, NAME.txt, poly_gt_NAME.txt, NAME.gt, NAME.xml or NAME.json. An image without labels is a bad entry. Throws Error when one
/// of the folders cannot be read or there are no images.
std::vector<PageEntry> read_page_folder(const std::filesystem::path& images, const std::filesystem::path& labels,
                                        const PageLabelOptions& options = {});

/// The label file in `folder` of an image called `name` (without folder and ending), as read_page_folder() looks for it; empty if none.
std::filesystem::path find_labels(const std::filesystem::path& folder, const std::string& name);

/// The opposite: the names of the images that the label files in `folder` belong to, each once, in the order of image_files(). Of a file
/// that fits several beginnings the longest is meant: poly_gt_img1.txt belongs to img1. Throws Error for a folder that cannot be read and
/// for one without label files.
std::vector<std::string> labelled_names(const std::filesystem::path& folder);

/// The image files of a folder, known by their endings, in the order of their names: img_2 before img_10. Throws Error for a folder that
/// cannot be read and for one without images.
std::vector<std::filesystem::path> image_files(const std::filesystem::path& folder);

}  // namespace scriba::data
