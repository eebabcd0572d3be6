// Reads crops that hold one word or line each.
//
//     recognize_word word_1.png word_2.png
//     recognize_word --characters crops/
//     recognize_word --model crnn-resnet34 --weights CRNN_best.pth.tar --alphabet key.txt word_1.png
//     recognize_word --draw sheet.png --lexicon words.txt crops/
//
// A recogniser alone. Crops are put into batches by width, and each crop's text is the same whatever it is batched with. With
// --characters every character is printed with its confidence and the columns of the crop that it takes.
#include <filesystem>
#include <fstream>

#include <nlohmann/json.hpp>
#include <scriba/image/character_boxes.hpp>
#include <scriba/image/draw_words.hpp>
#include <scriba/image/write.hpp>

#include "input_files.hpp"
#include "recognizer_choice.hpp"

namespace {

// The words of a file, one a line.
std::vector<std::string> word_file(const std::string& path) {
  std::ifstream file(path);
  std::vector<std::string> out;
  for (std::string line; std::getline(file, line);) {
    if (line.ends_with('\r')) line.pop_back();
    if (!line.empty()) out.push_back(line);
  }
  if (out.empty()) throw scriba::Error({.what = "cannot read words", .where = path, .expected = "a word a line", .got = "none"});
  return out;
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app("Reads word crops and prints one line each: text, score, file.", "recognize_word");
  std::vector<std::string> images;
  std::string lexicon, language_model, drawing;
  scriba::zoo::PpOcrOptions options;
  bool json = false, characters = false, quiet = false;
  app.add_option("images", images, "crops, or folders of crops")->required();
  app.add_flag("--json", json, "one JSON object a crop and line");
  app.add_flag("--characters", characters, "print every character with its confidence and place");
  const RecognizerChoice choice(app);
  app.add_option("--lexicon", lexicon, "file of words, one a line, that texts consist of; makes a beam search");
  app.add_option("--language-model", language_model, "file of lines like those to read, or a saved character model; makes a beam search");
  app.add_option("--draw", drawing, "picture of the crops with their scores and texts");
  app.add_flag("--quiet", quiet, "no progress");

  return run_program(app, argc, argv, [&] {
    const auto files = input_files(images);
    if (!lexicon.empty()) options.lexicon = word_file(lexicon);
    if (!language_model.empty())
      options.language_model = std::make_shared<const scriba::CharacterModel>(scriba::CharacterModel::from_file(language_model));
    const auto recognizer = choice.make(options);

    constexpr std::size_t kAtOnce = 64;
    std::size_t failed = 0;
    std::vector<scriba::DrawnWord> drawn;
    Progress progress(files.size(), quiet);
    for (std::size_t begin = 0; begin < files.size(); begin += kAtOnce) {
      std::vector<cv::Mat> crops;
      std::vector<std::string> names;
      for (std::size_t i = begin; i < std::min(begin + kAtOnce, files.size()); ++i) {
        try {
          crops.push_back(read_input(files[i]));
          names.push_back(files[i]);
        } catch (const scriba::Error& error) {
          if (files.size() == 1) throw;
          ++failed;
          std::cerr << "recognize_word: " << error.what() << '\n';
        }
        progress.step();
      }
      const auto texts = recognizer.predict(crops);
      for (std::size_t i = 0; i < texts.size(); ++i) {
        const auto& text = texts[i];
        const auto columns = scriba::character_columns(text, crops[i].cols);
        if (!drawing.empty()) drawn.push_back({scriba::to_bgr8(crops[i]), text.text, text.score});
        if (json) {
          nlohmann::ordered_json line{{"image", names[i]}, {"text", text.text}, {"score", text.score}};
          if (characters)
            for (std::size_t k = 0; k < text.characters.size(); ++k) {
              const auto& c = text.characters[k];
              line["characters"].push_back(
                  {{"text", c.text}, {"confidence", c.confidence}, {"first_frame", c.first_frame}, {"last_frame", c.last_frame}});
              if (!columns.empty()) line["characters"].back()["columns"] = {columns[k].left, columns[k].right};
            }
          std::cout << line.dump(-1, ' ', false, nlohmann::ordered_json::error_handler_t::replace) << '\n';
          continue;
        }
        std::cout << text.text << '\t' << text.score << '\t' << names[i] << '\n';
        if (characters)
          for (std::size_t k = 0; k < text.characters.size(); ++k) {
            const auto& c = text.characters[k];
            std::cout << "  " << c.text << '\t' << c.confidence << "\tframes " << c.first_frame << '-' << c.last_frame;
            if (!columns.empty()) std::cout << "\tcolumns " << cvRound(columns[k].left) << '-' << cvRound(columns[k].right);
            std::cout << '\n';
          }
      }
    }
    if (!drawing.empty()) scriba::write_image(drawing, scriba::draw_words(drawn));
    return failed > 0 ? 1 : 0;
  });
}
