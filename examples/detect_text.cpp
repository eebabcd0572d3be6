// Finds text and prints where it is, without reading it.
//
//     detect_text photo.jpg
//     detect_text --draw boxes.png --side 1024 photo.jpg
//     detect_text --model db-resnet50 --weights DB_best.pth.tar photo.jpg
//
// A detector alone: the network's maps, thresholded, its regions grown back to the size of the text. Everything that turns maps into boxes
// is an option of the model, and can be changed after it was made. Models are types; here one is chosen by its name at run time.
#include <filesystem>
#include <optional>

#include <nlohmann/json.hpp>
#include <scriba/image/draw.hpp>
#include <scriba/image/write.hpp>
#include <scriba/zoo/pp_ocr_reader.hpp>
#include <scriba/zoo/reference_detector.hpp>

#include "input_files.hpp"
#include "program.hpp"

namespace {

constexpr const char* kPretrained = "pp-ocr-v6";

void list_models() {
  std::cout << kPretrained << "\tPP-OCRv6 small, pretrained\n";
  for (const auto& detector : scriba::zoo::kReferenceDetectors) std::cout << detector.name << '\t' << detector.what << '\n';
  std::cout << "All but the first need --weights: a checkpoint of pytorchOCR or of Scriba.\n";
}

scriba::zoo::RegionFinder pretrained(const scriba::zoo::ReferenceDetectorOptions& changes, const std::string& weights,
                                     const std::string& engine) {
  scriba::zoo::PpOcrOptions options;
  options.detector_file = weights;
  options.engine = engine_named(engine);
  options.input.resize.side = changes.side.value_or(options.input.resize.side);
  options.boxes.threshold = changes.threshold.value_or(options.boxes.threshold);
  options.boxes.box_threshold = changes.box_threshold.value_or(options.boxes.box_threshold);
  options.boxes.unclip_ratio = changes.unclip_ratio.value_or(options.boxes.unclip_ratio);
  options.boxes.shape = changes.shape.value_or(options.boxes.shape);
  return scriba::zoo::pp_ocr_detector(options);
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app("Finds the text of images and prints one region a line: score and corners.", "detect_text");
  std::vector<std::string> images;
  std::string drawing, engine = "auto", shape, model = kPretrained, weights;
  scriba::zoo::ReferenceDetectorOptions changes;
  bool json = false, quiet = false;
  app.add_option("images", images, "images, folders of images, or - for standard input")->required();
  app.add_option("--model", model, "which detector, see --list-models")->capture_default_str();
  app.add_flag_callback(
      "--list-models",
      [] {
        list_models();
        throw CLI::Success();
      },
      "print the detectors");
  app.add_option("--weights", weights, "ONNX file of PP-OCRv6 small, or a PyTorch checkpoint of another model");
  app.add_flag("--json", json, "one JSON object an image and line");
  app.add_option("--draw", drawing, "write a picture with the regions: a file for one image, a folder for several");
  add_engine_option(app, engine);
  app.add_option("--shape", shape, "quad or polygon")->check(CLI::IsMember({"quad", "polygon"}));
  app.add_option("--side", changes.side, "one side is brought to this many pixels, which one depends on the model")
      ->check(CLI::Range(32, 4096));
  app.add_option("--threshold", changes.threshold, "a pixel is text above this, 0..1")->check(CLI::Range(0.f, 1.f));
  app.add_option("--box-threshold", changes.box_threshold, "a region is kept from this score on, 0..1")->check(CLI::Range(0.f, 1.f));
  app.add_option("--unclip", changes.unclip_ratio, "how far regions grow")->check(CLI::Range(0.1f, 10.f));
  app.add_flag("--quiet", quiet, "no progress");

  return run_program(app, argc, argv, [&] {
    using Shape = scriba::postprocess::RegionShape;
    if (!shape.empty()) changes.shape = shape == "polygon" ? Shape::polygon : Shape::quad;
    const auto files = input_files(images);
    if (model != kPretrained && engine == "openvino") throw scriba::Error({.what = "this model runs in LibTorch only", .where = model});
    const auto detector =
        model == kPretrained ? pretrained(changes, weights, engine) : scriba::zoo::reference_detector(model, weights, changes);
    if (!drawing.empty() && files.size() > 1) std::filesystem::create_directories(drawing);
    std::size_t failed = 0;
    Progress progress(files.size(), quiet);
    for (const auto& file : files) {
      try {
        const cv::Mat image = read_input(file);
        const auto regions = detector.predict(image);
        nlohmann::ordered_json line{
            {"image", file}, {"width", image.cols}, {"height", image.rows}, {"regions", nlohmann::ordered_json::array()}};
        if (!json && files.size() > 1) std::cout << "# " << file << '\n';
        std::vector<scriba::DrawnText> drawn;
        for (const auto& region : regions) {
          nlohmann::ordered_json corners = nlohmann::ordered_json::array();
          for (const auto& p : region.polygon) corners.push_back({p.x, p.y});
          if (json)
            line["regions"].push_back({{"score", region.score}, {"box", corners}});
          else
            std::cout << region.score << '\t' << corners.dump() << '\n';
          drawn.push_back({region.polygon, {}, region.score});
        }
        if (json) std::cout << line.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace) << '\n';
        if (!drawing.empty())
          scriba::write_image(files.size() == 1 ? std::filesystem::path(drawing)
                                                : std::filesystem::path(drawing) / (std::filesystem::path(file).stem().string() + ".png"),
                              scriba::draw_texts(image, drawn, /*with_texts=*/false));
      } catch (const scriba::Error& error) {
        if (files.size() == 1) throw;
        ++failed;
        std::cerr << "detect_text: " << error.what() << '\n';
      }
      progress.step();
    }
    return failed > 0 ? 1 : 0;
  });
}
