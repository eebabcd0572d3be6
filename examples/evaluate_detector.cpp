// Scores a detector on images with labels, by the rules of a benchmark.
//
//     evaluate_detector --images ch4_test_images --gt ch4_test_gt
//     evaluate_detector --images ... --gt ... --model db-resnet50 --weights DB_best.pth.tar --misses misses.txt --draw wrong
//     evaluate_detector --gt ... --results submission
//     evaluate_detector --images val --gt val_gt --sweep
//
// An image NAME.jpg belongs to the labels gt_NAME.txt, or NAME.txt, of any form that Scriba reads. What the detector finds can be kept
// as result files (--save), and such files of any detector can be scored again (--results). --sweep scores a grid of thresholds, too, and
// --speed says where the time goes. The last line is `precision P recall R hmean H`, in percent.
#include <algorithm>
#include <chrono>
#include <filesystem>
#include <iomanip>
#include <optional>
#include <sstream>

#include <scriba/core/write_file.hpp>
#include <scriba/data/icdar_results.hpp>
#include <scriba/data/page_list.hpp>
#include <scriba/image/write.hpp>
#include <scriba/metric/detection_protocol.hpp>

#include "detection_errors.hpp"
#include "detector_choice.hpp"
#include "detector_speed.hpp"
#include "input_files.hpp"
#include "threshold_sweep.hpp"

namespace {

namespace fs = std::filesystem;
using scriba::Error, scriba::Polygon;
using scriba::target::TextAnnotation;

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

std::vector<Polygon> polygons(std::vector<scriba::TextRegion> regions) {
  std::vector<Polygon> out;
  for (auto& region : regions) out.push_back(std::move(region.polygon));
  // As in a result file, so that a file scores as the program that wrote it.
  return out.empty() ? out : scriba::data::parse_icdar_results(scriba::data::icdar_results(out), "regions");
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app("Scores a detector on images with labels; the last line is: precision P recall R hmean H, in percent.", "evaluate_detector");
  std::vector<std::string> images;
  std::string labels, results, saved, misses, drawing, rules = "icdar2015", form = "automatic";
  std::size_t limit = 0;
  bool quiet = false, measured = false;
  app.add_option("--images", images, "images and folders of images; all labelled ones with --results");
  app.add_option("--gt", labels, "folder of label files gt_NAME.txt, NAME.txt and their like")->required();
  app.add_option("--results", results, "score the files res_NAME.txt of this folder instead of running a detector");
  const DetectorChoice choice(app);
  app.add_option("--protocol", rules, "whose rules")
      ->check(CLI::IsMember(scriba::metric::detection_protocol_names()))
      ->capture_default_str();
  app.add_option("--form", form, "how labels are written: automatic, icdar2015, polygons, total-text, ctw1500, msra-td500, ...")
      ->capture_default_str();
  app.add_option("--save", saved, "folder for result files res_NAME.txt");
  app.add_option("--misses", misses, "file for every text that was missed and every region that is wrong");
  app.add_option("--draw", drawing,
                 "folder for pictures of the images that are not all right: labels green, regions red, missed texts blue");
  ThresholdSweep sweep(app);
  app.add_flag("--speed", measured, "measure each stage, and what folding batch norms gains; nothing else should run meanwhile");
  app.add_option("--limit", limit, "only the first N images");
  app.add_flag("--quiet", quiet, "no progress");

  return run_program(app, argc, argv, [&] {
    if (images.empty() && results.empty()) throw Error({.what = "nothing to score", .expected = "--images or --results"});
    std::vector<std::string> files = images.empty() ? labelled_names(labels) : input_files(images);
    if (limit > 0 && limit < files.size()) files.resize(limit);
    if (!results.empty() && (sweep.wanted() || measured))
      throw Error({.what = "result files have no thresholds and no speed",
                   .where = "--results",
                   .expected = "--images alone with --sweep and --speed"});
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
    std::optional<DetectorSpeed> speed;
    if (results.empty()) detector = choice.make();
    if (sweep.wanted()) sweep.start(rules, *detector);
    const auto protocol = scriba::metric::detection_protocol(rules);
    std::ostringstream list;
    std::size_t ignored = 0, texts = 0, regions = 0;
    double milliseconds = 0;
    {
      Progress progress(files.size(), quiet);
      for (std::size_t i = 0; i < files.size(); ++i) {
        const auto name = fs::path(files[i]).stem().string();
        std::vector<Polygon> found;
        cv::Mat image;
        if (detector) {
          image = read_input(files[i]);
          if (measured && !speed) speed.emplace(*detector, image);
          const auto maps = detector->maps(image);
          const auto start = std::chrono::steady_clock::now();
          auto read = detector->regions(maps, {});
          const double regions_ms = std::chrono::duration<double, std::milli>(std::chrono::steady_clock::now() - start).count();
          milliseconds += maps.prepare_ms + maps.network_ms + regions_ms;
          found = polygons(std::move(read));
          if (speed) speed->add(image, maps, regions_ms);
          if (sweep.wanted()) sweep.add(truths[i], *detector, maps, polygons);
        } else if (const auto file = fs::path(results) / ("res_" + name + ".txt"); fs::exists(file)) {
          found = scriba::data::read_icdar_results(file);
        }
        const auto result = protocol.add(truths[i], found);
        texts += truths[i].size(), regions += found.size(), ignored += result.ignored_truths.size();
        if (!saved.empty()) scriba::write_file(fs::path(saved) / ("res_" + name + ".txt"), scriba::data::icdar_results(found));
        const DetectionErrors errors(result, truths[i].size(), found.size());
        list_errors(list, name, errors, truths[i], found);
        if (!drawing.empty() && errors.any())
          scriba::write_image(fs::path(drawing) / (name + ".png"),
                              drawn_errors(image.empty() ? read_input(files[i]) : image, errors, truths[i], found));
        progress.step();
      }
    }
    if (!misses.empty()) scriba::write_file(misses, list.str());
    std::cout << "protocol " << rules << ", " << files.size() << " images, " << texts << " texts of which " << ignored << " ignored, "
              << regions << " regions";
    if (detector)
      std::cout << ", " << detector->engine << ", " << std::lround(milliseconds / static_cast<double>(files.size())) << " ms an image";
    std::cout << '\n';
    if (sweep.wanted()) sweep.print();
    if (speed) speed->print();
    const auto all = protocol.score();
    std::cout << "precision " << percent(all.precision) << " recall " << percent(all.recall) << " hmean " << percent(all.hmean()) << '\n';
    return 0;
  });
}
