// Makes a file to hand on of what training wrote: weights in half precision, thresholds as they were chosen, and where they come from.
//
//     compact_model runs/words/best.pt --out words.pt --set postprocess.box_threshold=0.55 --note "ICDAR 2015, images 1 to 800; CC BY 4.0"
//
//     compact_model runs/words/best.pt --blend runs/words/start.pt --out words.pt
//
// Programs take the result as --weights, and training starts from it with --init-from. Vectors (batch norms, biases) keep their precision.
#include <filesystem>

#include <scriba/io/blend.hpp>
#include <scriba/io/model_file.hpp>
#include <scriba/io/word_language.hpp>

#include "program.hpp"

namespace {

using scriba::Error, scriba::io::Dict, scriba::io::Value;

// The value of "postprocess.box_threshold" in nested records, to be replaced by one of the same type.
void set(Dict& record, const std::string& path, const std::string& text) {
  const auto bad = [&](std::string expected, std::string got) {
    return Error({.what = "cannot change a setting", .where = path, .expected = std::move(expected), .got = std::move(got)});
  };
  const auto dot = path.find('.');
  const auto key = path.substr(0, dot);
  const auto* found = record.find(key);
  if (!found) {
    std::string known;
    for (const auto& entry : record.entries)
      if (const auto* name = entry.first.get<std::string>()) known += (known.empty() ? "" : ", ") + *name;
    throw bad("one of " + known, key);
  }
  if (dot != std::string::npos) {
    const auto* nested = found->get<Dict>();
    if (!nested) throw bad("a setting without a dot", path);
    Dict changed = *nested;
    set(changed, path.substr(dot + 1), text);
    record.set(key, std::move(changed));
    return;
  }
  char* end = nullptr;
  const double number = std::strtod(text.c_str(), &end);
  const bool is_number = !text.empty() && *end == '\0';
  if (found->get<std::string>())
    record.set(key, text);
  else if (found->get<bool>() && (text == "true" || text == "false"))
    record.set(key, text == "true");
  else if (found->get<std::int64_t>() && is_number && number == static_cast<double>(static_cast<std::int64_t>(number)))
    record.set(key, static_cast<std::int64_t>(number));
  else if (found->get<double>() && is_number)
    record.set(key, number);
  else
    throw bad(std::string("a value of type ") + found->type_name(), text);
}

// Weights of networks that read other characters, or see images in another way, have nothing between them.
void require_same_reading(const Dict& a, const Dict& b, const std::string& where) {
  const auto alphabet = [](const Dict& record) {
    const auto* postprocess = record.find("postprocess");
    const auto* nested = postprocess ? postprocess->get<Dict>() : nullptr;
    return nested ? nested->find("alphabet") : nullptr;
  };
  const auto require = [&](const Value* first, const Value* second, const char* what) {
    if ((first == nullptr) != (second == nullptr) || (first && !scriba::io::same(*first, *second)))
      throw Error({.what = "cannot blend weights of different networks", .where = where, .expected = std::string("the same ") + what});
  };
  require(a.find("input"), b.find("input"), "preprocessing");
  require(alphabet(a), alphabet(b), "characters");
}

// "input.resize.side=736" a line.
void print(const Dict& record, const std::string& before = "") {
  for (const auto& [key, value] : record.entries) {
    const auto* given = key.get<std::string>();
    const auto name = before + (given ? *given : "");
    if (const auto* nested = value.get<Dict>()) print(*nested, name + ".");
    if (const auto* text = value.get<std::string>()) std::cout << name << '=' << *text << '\n';
    if (const auto* flag = value.get<bool>()) std::cout << name << '=' << (*flag ? "true" : "false") << '\n';
    if (const auto* integer = value.get<std::int64_t>()) std::cout << name << '=' << *integer << '\n';
    if (const auto* real = value.get<double>()) std::cout << name << '=' << *real << '\n';
  }
}

}  // namespace

int main(int argc, char** argv) {
  CLI::App app("Makes a small file to hand on of what training wrote.", "compact_model");
  std::string weights, out, note, text, start;
  double share = 0.5;
  scriba::io::WordLanguage language;
  std::vector<std::string> settings;
  bool full = false, list = false;
  app.add_option("weights", weights, "best.pt of a training run")->required();
  app.add_option("--out", out, "the file to write");
  app.add_option("--set", settings, "change a setting: postprocess.box_threshold=0.55, input.resize.side=960");
  app.add_option("--note", note, "where the weights come from and under which terms they are");
  auto* blend = app.add_option("--blend", start, "weights of the same network to mix in: start.pt of the run, what it began with");
  app.add_option("--blend-share", share, "how much of them")->check(CLI::Range(0.0, 1.0))->capture_default_str()->needs(blend);
  app.add_option("--language-model", text,
                 "character model that a recogniser is to read with: a text file of words like those it will read, or a saved one");
  app.add_option("--language-weight", language.weight, "of the character model against the recogniser")->capture_default_str();
  app.add_option("--length-bonus", language.length_bonus, "for each character, against short texts")->capture_default_str();
  app.add_option("--beam", language.beam_width, "width of the search with it")->check(CLI::Range(1, 1000))->capture_default_str();
  app.add_flag("--full-precision", full, "keep 32 bits");
  app.add_flag("--list", list, "print the settings, and the note");

  return run_program(app, argc, argv, [&] {
    auto model = scriba::io::load_model(weights);
    Dict record;
    for (const auto& [key, value] : model.record.dict().entries)
      if (const auto* name = key.get<std::string>(); name && *name != "format" && *name != "format_version" && *name != "architecture")
        record.set(*name, value);
    for (const auto& setting : settings) {
      const auto equals = setting.find('=');
      if (equals == std::string::npos)
        throw Error({.what = "cannot change a setting", .where = "--set", .expected = "NAME=VALUE", .got = setting});
      set(record, setting.substr(0, equals), setting.substr(equals + 1));
    }
    if (!text.empty()) {
      language.model = std::make_shared<const scriba::CharacterModel>(scriba::CharacterModel::from_file(text));
      record.set("language", scriba::io::language_record(language));
    }
    if (!note.empty()) record.set("note", note);
    if (list) {
      std::cout << "architecture=" << model.record.text("architecture") << '\n';
      print(record);
    }
    if (out.empty()) {
      if (!list) throw Error({.what = "nothing to do", .expected = "--out, --list or both"});
      return 0;
    }
    if (!start.empty()) {
      const auto begun = scriba::io::load_model(start, model.record.text("architecture"));
      require_same_reading(model.record.dict(), begun.record.dict(), start);
      model.weights = scriba::io::blended(model.weights, begun.weights, share);
    }
    scriba::io::StateDict compact;
    for (const auto& [name, tensor] : model.weights) {
      const bool half = !full && tensor.is_floating_point() && tensor.dim() >= 2;
      if (half && tensor.abs().max().item<double>() > 65504)
        throw Error({.what = "a weight does not fit half precision", .where = name, .expected = "--full-precision"});
      compact.add(name, half ? tensor.to(at::kHalf) : tensor);
    }
    scriba::io::save_model(out, model.record.text("architecture"), compact, scriba::io::Record(record));
    std::cout << out << ": " << std::filesystem::file_size(out) << " bytes\n";
    return 0;
  });
}
