// Scores a detector on images with labels, by the rules of a benchmark.
//
//     evaluate_detector --images ch4_test_images --gt ch4_test_gt
//     evaluate_detector --images ... --gt ... --model db-resnet50 --weights DB_best.pth.tar --misses misses.txt --draw wrong
//     evaluate_detector --gt ... --results submission
//
// An image NAME.jpg belongs to the labels gt_NAME.txt, or NAME.txt, of any form that Scriba reads. What the detector finds can be kept
// as result files (--save), and such files of any detector can be scored again (--results). The last line is `precision P recall R hmean
// H`, in percent.
#include <algorithm>
#include <chrono>
#include <filesystem>
#include <functional>
#include <iomanip>
#include <map>
#include <optional>
#include <sstream>

#include <scriba/core/write_file.hpp>
#include <scriba/data/icdar_results.hpp>
#include <scriba/data/page_list.hpp>
#include <scriba/image/draw.hpp>
#include <scriba/image/write.hpp>
#include <scriba/metric/ctw1500.hpp>
#include <scriba/metric/icdar2015.hpp>
#include <scriba/metric/msra_td500.hpp>
#include <scriba/metric/total_text.hpp>

#include "detector_choice.hpp"
#include "drawn_labels.hpp"
#include "input_files.hpp"

namespace {

namespace fs = std::filesystem;
using scriba::Error, scriba::Polygon;
using scriba::target::TextAnnotation;

// One protocol behind another's back: all have add() and score().
struct Protocol {
  std::function<scriba::metric::ImageScore(std::span<const TextAnnotation>, std::span<const Polygon>)> add;
  std::function<scriba::metric::DetectionScore()> score;
};

template <class P>
Protocol protocol() {
  const auto rules = std::make_shared<P>();
  return {[rules](std::span<const TextAnnotation> truths, std::span<const Polygon> found) { return rules->add(truths, found); },
          [rules] { return rules->score(); }};
}

const std::map<std::string, Protocol (*)()> kProtocols{{"icdar2015", protocol<scriba::metric::Icdar2015>},
                                                       {"total-text", protocol<scriba::metric::TotalText>},
                                                       {"ctw1500", protocol<scriba::metric::Ctw1500>},
                                                       {"msra-td500", protocol<scriba::metric::MsraTd500>}};

fs::path labels_of(const fs::path& folder, const std::string& name) {
  auto file = scriba::data::find_labels(folder, name);
  if (file.empty())
    throw Error({.what = "no labels of an image", .where = (folder / ("gt_" + name + ".txt")).string(), .got = "no such file"});
  return file;
}

// "img_7" of "gt_img_7.txt".
std::vector<std::string> labelled_names(const fs::path& folder) {
  std::vector<std::string> out;
  for (const auto& entry : fs::directory_iterator(folder))
    if (entry.path().extension() == ".txt") {
      const auto name = entry.path().stem().string();
      out.push_back(name.starts_with("gt_") ? name.substr(3) : name);
    }
  if (out.empty()) throw Error({.what = "no labels in a folder", .where = folder.string(), .expected = "gt_NAME.txt files"});
  std::ranges::sort(out);
  return out;
}

std::string percent(double share) {
  std::ostringstream out;
  out << std::fixed << std::setprecision(2) << 100 * share;
  return out.str();
}

// What was missed and what was invented, of one image.
void list_errors(std::ostream& out, const std::string& name, const scriba::metric::ImageScore& score,
                 std::span<const TextAnnotation> truths, std::span<const Polygon> found) {
  const auto corners = [](const Polygon& polygon) {
    auto line = scriba::data::icdar_results(std::vector<Polygon>{polygon});
    line.pop_back();
    return line;
  };
  for (std::size_t t = 0; t < truths.size(); ++t)
    if (std::ranges::find(score.ignored_truths, t) == score.ignored_truths.end() &&
        std::ranges::none_of(score.matches, [&](const auto& match) { return match.truth == t; }))
      out << name << "\tmissed\t" << corners(truths[t].polygon) << '\t' << truths[t].transcription << '\n';
  for (std::size_t d = 0; d < found.size(); ++d)
    if (std::ranges::find(score.ignored_detections, d) == score.ignored_detections.end() &&
        std::ranges::none_of(score.matches, [&](const auto& match) { return match.detection == d; }))
      out << name << "\twrong\t" << corners(found[d]) << '\n';
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app("Scores a detector on images with labels; the last line is: precision P recall R hmean H, in percent.", "evaluate_detector");
  std::vector<std::string> images;
  std::string labels, results, saved, misses, drawing, rules = "icdar2015", form = "automatic";
  std::size_t limit = 0;
  bool quiet = false;
  app.add_option("--images", images, "images and folders of images; all labelled ones with --results");
  app.add_option("--gt", labels, "folder of label files gt_NAME.txt, NAME.txt and their like")->required();
  app.add_option("--results", results, "score the files res_NAME.txt of this folder instead of running a detector");
  const DetectorChoice choice(app);
  std::vector<std::string> names;
  for (const auto& [name, make] : kProtocols) names.push_back(name);
  app.add_option("--protocol", rules, "whose rules")->check(CLI::IsMember(names))->capture_default_str();
  app.add_option("--form", form, "how labels are written: automatic, icdar2015, polygons, total-text, ctw1500, msra-td500, ...")
      ->capture_default_str();
  app.add_option("--save", saved, "folder for result files res_NAME.txt");
  app.add_option("--misses", misses, "file for every text that was missed and every region that is wrong");
  app.add_option("--draw", drawing, "folder for pictures of the images that are not all right: labels green, regions red");
  app.add_option("--limit", limit, "only the first N images");
  app.add_flag("--quiet", quiet, "no progress");

  return run_program(app, argc, argv, [&] {
    if (images.empty() && results.empty()) throw Error({.what = "nothing to score", .expected = "--images or --results"});
    std::vector<std::string> files = images.empty() ? labelled_names(labels) : input_files(images);
    if (limit > 0 && limit < files.size()) files.resize(limit);
    if (!drawing.empty() && images.empty()) throw Error({.what = "no images to draw on", .expected = "--images"});
    for (const auto& folder : {saved, drawing})
      if (!folder.empty()) fs::create_directories(folder);
    // All labels first: a bad line is said at once and not after an hour.
    std::vector<fs::path> label_files;
    for (const auto& file : files) label_files.push_back(labels_of(labels, fs::path(file).stem().string()));
    scriba::data::PageLabelOptions options{.form = scriba::data::page_form_named(form)};
    if (options.form == scriba::data::PageForm::automatic) options.form = scriba::data::detect_page_form(label_files);
    std::vector<std::vector<TextAnnotation>> truths;
    for (const auto& file : label_files) truths.push_back(scriba::data::read_page_labels(file, options));

    std::optional<scriba::zoo::RegionFinder> detector;
    if (results.empty()) detector = choice.make();
    const auto score = kProtocols.at(rules)();
    std::ostringstream errors;
    std::size_t ignored = 0, texts = 0, regions = 0;
    double seconds = 0;
    {
      Progress progress(files.size(), quiet);
      for (std::size_t i = 0; i < files.size(); ++i) {
        const auto name = fs::path(files[i]).stem().string();
        std::vector<Polygon> found;
        cv::Mat image;
        if (detector) {
          image = read_input(files[i]);
          const auto start = std::chrono::steady_clock::now();
          for (auto& region : detector->predict(image)) found.push_back(std::move(region.polygon));
          seconds += std::chrono::duration<double>(std::chrono::steady_clock::now() - start).count();
          // As in a result file, so that a file scores as the program that wrote it.
          if (!found.empty()) found = scriba::data::parse_icdar_results(scriba::data::icdar_results(found), name);
        } else if (const auto file = fs::path(results) / ("res_" + name + ".txt"); fs::exists(file)) {
          found = scriba::data::read_icdar_results(file);
        }
        const auto result = score.add(truths[i], found);
        texts += truths[i].size(), regions += found.size(), ignored += result.ignored_truths.size();
        if (!saved.empty()) scriba::write_file(fs::path(saved) / ("res_" + name + ".txt"), scriba::data::icdar_results(found));
        list_errors(errors, name, result, truths[i], found);
        if (!drawing.empty() && result.score.hmean() < 1)
          scriba::write_image(fs::path(drawing) / (name + ".png"), drawn(image.empty() ? read_input(files[i]) : image, truths[i], found));
        progress.step();
      }
    }
    if (!misses.empty()) scriba::write_file(misses, errors.str());
    std::cout << "protocol " << rules << ", " << files.size() << " images, " << texts << " texts of which " << ignored << " ignored, "
              << regions << " regions";
    if (detector)
      std::cout << ", " << detector->engine << ", " << std::lround(1000 * seconds / static_cast<double>(files.size())) << " ms an image";
    std::cout << '\n';
    const auto all = score.score();
    std::cout << "precision " << percent(all.precision) << " recall " << percent(all.recall) << " hmean " << percent(all.hmean()) << '\n';
    return 0;
  });
}
