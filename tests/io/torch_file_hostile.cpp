// Files that want code to run, and files that are damaged: an Error or a value, never anything else.
#include <scriba/io/torch_file.hpp>

#include <doctest/doctest.h>
#include <torch/torch.h>

#include "io/checkpoint_bytes.hpp"
#include "io/temporary_folder.hpp"

namespace {

using namespace checkpoint;

/// The message of the Error, or "no error".
std::string refusal(const TemporaryFolder& folder, const std::string& content) {
  try {
    scriba::io::read_torch_file(folder.file("file.pth", content));
  } catch (const scriba::Error& error) {
    return error.what();
  }
  return "no error";
}

std::string repeated(const std::string& piece, std::size_t times) {
  std::string out;
  for (std::size_t i = 0; i < times; ++i) out += piece;
  return out;
}

}  // namespace

TEST_CASE("every way to name a function is refused, with the name") {
  const TemporaryFolder folder;
  const auto refused = [&](const std::string& body, const char* name) {
    for (const auto& content : {zip_of(body), legacy(body)})
      CHECK_MESSAGE(refusal(folder, content).find(name) != std::string::npos, refusal(folder, content));
  };
  refused(call(global("os", "system"), text("true")), "os.system");
  refused(call(global("builtins", "eval"), text("1")), "builtins.eval");
  refused(call(global("__builtin__", "getattr"), text("a") + text("b")), "__builtin__.getattr");
  refused(text("posix") + text("system") + "\x93" + tuple(text("true")) + "R", "posix.system");
  refused("(ios\nsystem\n", "os.system");
  refused("(" + global("os", "system") + text("true") + "o", "os.system");
  refused(global("subprocess", "Popen") + tuple(text("true")) + "\x81", "subprocess.Popen");
  refused(global("subprocess", "Popen") + tuple(text("true")) + "}\x92", "subprocess.Popen");
  refused(global("os", "system"), "os.system");  // named and not called
  refused(global("torch.storage", "_load_from_bytes"), "torch.storage._load_from_bytes");
  refused(global("torch", "load"), "torch.load");
  refused(global("torch._utils", "_rebuild_tensor_v2.__globals__"), "_rebuild_tensor_v2.__globals__");
  refused(global("collections", "OrderedDict.fromkeys"), "OrderedDict.fromkeys");
  // Allowed names that are not functions, objects that are no functions, and makers of objects.
  refused(call(global("torch", "FloatStorage"), integer(3)), "torch.FloatStorage");
  refused(call(text("os.system"), text("true")), "a text");
  refused(global("collections", "OrderedDict") + ")\x81", "0x81");
  refused("(" + global("collections", "OrderedDict") + "o", "0x6f");
  refused(std::string("\x82\x01"), "0x82");
  refused("Pid\n", "0x50");
  refused(global("collections", "OrderedDict"), "as a value");
}

TEST_CASE("a remembered name is refused where it is first read") {
  const TemporaryFolder folder;
  CHECK(refusal(folder, zip_of(global("os", "system") +
                               "q\x01"
                               "0h\x01" +
                               tuple(text("true")) + "R"))
            .find("os.system") != std::string::npos);
  CHECK(refusal(folder, zip_of("h\x05")).find("never stored") != std::string::npos);
  CHECK(refusal(folder, zip_of(std::string("j\xff\xff\xff\xff"))).find("never stored") != std::string::npos);
}

TEST_CASE("wrong stacks, marks and attributes") {
  const TemporaryFolder folder;
  for (const std::string& body :
       std::vector<std::string>{"",   "0",  "t",   "u",    "e",      "}u",   "}(Nu",  "](NNu",  "}(Ne",  "Ns",   "}Ns", "R",
                                "NR", ")R", "b",   "Nb",   "]Nb",    "\x85", "N\x87", "(N\x86", "q\x01", "Q",    "NQ",  ")Q",
                                "a",  "]a", ")Na", "\x93", "NN\x93", "(",    "(0",    "2",      "1",     "\x90", "}d",  "\xff"})
    CHECK_MESSAGE(refusal(folder, zip_of(body)) != "no error", body);
}

TEST_CASE("wrong arguments of allowed names") {
  const TemporaryFolder folder;
  const auto fails = [&](const std::string& body) { CHECK(refusal(folder, zip_of(body, {floats({1, 2})})) != "no error"); };
  fails(call(global("collections", "OrderedDict"), integer(3)));
  fails(call(global("collections", "OrderedDict"), "](" + integer(3) + "e"));
  fails(call(global("torch", "Size"), integer(3)));
  fails(call(global("torch", "device"), integer(3)));
  fails(call(global("_codecs", "encode"), text("a") + text("utf-16")));
  fails(call(global("_codecs", "encode"), text("文") + text("latin1")));
  fails(call(global("torch._utils", "_rebuild_tensor_v2"), ""));
  fails(call(global("torch._utils", "_rebuild_tensor_v2"), "NNNN"));
  fails(call(global("torch._utils", "_rebuild_parameter"), "N\x88N"));
  fails(call(global("numpy.core.multiarray", "scalar"), "NN"));
  fails(call(global("numpy.core.multiarray", "scalar"), call(global("numpy", "dtype"), text("O")) + "C\x08"
                                                                                                    "12345678"));
  fails(call(global("numpy.core.multiarray", "scalar"), call(global("numpy", "dtype"), text("f8")) + "C\x02"
                                                                                                     "12"));
  fails(call(global("numpy", "dtype"), text("f8")) + tuple(integer(3) + text(">")) + "b");
}

TEST_CASE("tensors outside their storage") {
  const TemporaryFolder folder;
  const std::string one = integer(1), two = integer(2), three = integer(3), huge = "\x8a\x08" + number(std::int64_t{1} << 62);
  const auto check = [&](const std::string& storage, int elements, int offset, const std::string& sizes, const std::string& strides) {
    const auto body = tensor(storage, "0", elements, offset, sizes, strides);
    CHECK(refusal(folder, zip_of(body, {floats({1, 2, 3})})) != "no error");
    CHECK(refusal(folder, legacy(body, {{"0", 3, floats({1, 2, 3})}})) != "no error");
  };
  REQUIRE(refusal(folder, zip_of(tensor("FloatStorage", "0", 3, 0, three, one), {floats({1, 2, 3})})) == "no error");
  check("FloatStorage", 3, 0, integer(4), one);
  check("FloatStorage", 3, 1, three, one);
  check("FloatStorage", 3, 0, two, three);
  check("FloatStorage", 3, -1, one, one);
  check("FloatStorage", 3, 4, integer(0), one);
  check("FloatStorage", 3, 0, integer(-1), one);
  check("FloatStorage", 3, 2, two, integer(-1));
  check("FloatStorage", 3, 0, two + two, one);
  check("FloatStorage", 3, 0, huge, one);
  check("FloatStorage", 3, 0, two, huge);
  check("FloatStorage", 3, 0, huge, integer(0));                           // 2^62 copies of one element
  check("FloatStorage", 3, 0, huge + huge + integer(0), one + one + one);  // an empty tensor of 2^124 elements
  check("FloatStorage", 4, 0, three, one);                                 // the storage is longer than its record
  check("FloatStorage", 2, 0, two, one);                                   // and shorter
  check("DoubleStorage", 3, 0, three, one);
  check("FloatStorage", -3, 0, three, one);
  check("FloatStorage", 2000000000, 0, three, one);
  check("BoolStorage", 12, 0, three, one);  // the bytes of a float are no booleans
  check("FloatStorage", 3, 0, repeated(one, 65), repeated(one, 65));

  // One storage under two sizes, and a missing one.
  const auto twice = tuple(tensor("FloatStorage", "0", 3, 0, one, one) + tensor("FloatStorage", "0", 2, 0, one, one));
  CHECK(refusal(folder, zip_of(twice, {floats({1, 2, 3})})) != "no error");
  CHECK(refusal(folder, zip_of(tensor("FloatStorage", "../version", 3, 0, three, one), {floats({1, 2, 3})})) != "no error");
  CHECK(refusal(folder, zip_of(tensor("FloatStorage", "1", 3, 0, three, one), {floats({1, 2, 3})})) != "no error");
  CHECK(refusal(folder, legacy(tensor("FloatStorage", "1", 3, 0, three, one), {{"0", 3, floats({1, 2, 3})}})) != "no error");
  CHECK(refusal(folder, legacy(tensor("FloatStorage", "0", 3, 0, three, one))) != "no error");
  CHECK(refusal(folder, legacy(tensor("FloatStorage", "0", 3, 0, three, one, tuple(text("v") + two + two)),
                               {{"0", 3, floats({1, 2, 3})}})) != "no error");
}

TEST_CASE("lengths beyond the file, deep nesting, cycles and sharing that explodes") {
  const TemporaryFolder folder;
  for (const std::string& body : {std::string("X\xff\xff\xff\xff"), std::string("B\xff\xff\xff\x7f"), "\x8d" + number(~std::uint64_t{0}),
                                  "\x8e" + number(~std::uint64_t{0} / 2), "\x96" + number(std::uint64_t{1} << 60),
                                  "\x8b" + number(~std::uint32_t{0}), "\x95" + number(~std::uint64_t{0}), std::string("cno line end")})
    CHECK_MESSAGE(refusal(folder, zip_of(body)) != "no error", body);
  CHECK(refusal(folder, zip_of(repeated("]", 100000) + repeated("a", 99999))).find("levels") != std::string::npos);
  CHECK(refusal(folder, zip_of(repeated("(", 100000))) != "no error");
  CHECK(refusal(folder, zip_of("]q\x01h\x01"
                               "a"))
            .find("inside itself") != std::string::npos);
  // Ten lists, each of ten times the one before: 10^10 values out of 400 bytes.
  std::string laughs = "](" + repeated("N", 10) + "e";
  for (char i = 1; i < 10; ++i) laughs += std::string("q") + i + "0](" + repeated(std::string("h") + i, 10) + "e";
  CHECK(refusal(folder, zip_of(laughs)).find("shared so often") != std::string::npos);
  const std::string long_text = text(std::string(100000, 'x'));
  CHECK(refusal(folder, zip_of(long_text +
                               "q\x01"
                               "0](" +
                               repeated("h\x01", 100000) + "e"))
            .find("shared so often") != std::string::npos);
  const std::string sets = repeated(global("__builtin__", "set") + "h\x01\x85R0", 20000);
  CHECK(refusal(folder, zip_of("](" + repeated("N", 100000) + "eq\x01" + sets)).find("shared so often") != std::string::npos);
}

TEST_CASE("zip files that contradict themselves") {
  const TemporaryFolder folder;
  const std::string good = pickle("N");
  REQUIRE(refusal(folder, zip({{"a/data.pkl", good}})) == "no error");
  CHECK(refusal(folder, zip({})) != "no error");
  CHECK(refusal(folder, zip({{"data.pkl", good}})) != "no error");
  CHECK(refusal(folder, zip({{"a/b/data.pkl", good}})) != "no error");
  CHECK(refusal(folder, zip({{"a/data.pkl", good}, {"b/data.pkl", good}})) != "no error");
  CHECK(refusal(folder, zip({{"a/data.pkl", good}, {"a/data.pkl", good}})) != "no error");
  CHECK(refusal(folder, zip({{"a/data.pkl", good}, {"a/byteorder", "big"}})).find("big-endian") != std::string::npos);
  CHECK(refusal(folder, zip({{"a/data.pkl", good}, {"a/constants.pkl", good}})).find("TorchScript") != std::string::npos);
  CHECK(scriba::io::is_torchscript(folder.file("program.pt", zip({{"a/data.pkl", good}, {"a/constants.pkl", good}}))));
  CHECK(!scriba::io::is_torchscript(folder.file("weights.pt", zip({{"a/data.pkl", good}}))));
  CHECK(!scriba::io::is_torchscript(folder.file("words.pt", "these are words")));
  auto damaged = zip({{"a/data.pkl", pickle(text("weights"))}});
  damaged[damaged.find("weights")] = 'W';
  CHECK(refusal(folder, damaged).find("damaged") != std::string::npos);
  auto compressed = zip({{"a/data.pkl", good}});
  compressed[compressed.find("\x01\x02") + 8] = 8;  // method "deflate" in the directory
  CHECK(refusal(folder, compressed).find("compressed") != std::string::npos);
}

TEST_CASE("files that are something else") {
  const TemporaryFolder folder;
  CHECK(refusal(folder, "") != "no error");
  CHECK(refusal(folder, "PK").find("another kind of file") != std::string::npos);
  CHECK(refusal(folder, "\x89PNG\r\n\x1a\n").find("another kind of file") != std::string::npos);
  CHECK(refusal(folder, "PK\x03\x04").find("cut off") != std::string::npos);
  CHECK(refusal(folder, pickle("N")).find("a pickle of something else") != std::string::npos);
  CHECK_THROWS_AS(scriba::io::read_torch_file(folder / "none.pth"), scriba::Error);
  CHECK_THROWS_AS(scriba::io::read_torch_file(folder / "."), scriba::Error);
}

TEST_CASE("every cut and every changed byte: an error or a value") {
  const TemporaryFolder folder;
  const std::string shared = tensor("FloatStorage", "0", 6, 0, integer(2) + integer(3), integer(3) + integer(1));
  const std::string body = dict(text("epoch") + integer(3) + text("state_dict") + call(global("collections", "OrderedDict"), "") + "(" +
                                text("w") + shared + text("flag") + tensor("BoolStorage", "1", 2, 0, integer(2), integer(1)) + "u");
  const auto data = floats({0, 1, 2, 3, 4, 5});
  const std::string flags("\x00\x01", 2);
  for (const auto& content : {zip_of(body, {data, flags}), legacy(body, {{"0", 6, data}, {"1", 2, flags}})}) {
    REQUIRE(refusal(folder, content) == "no error");
    for (std::size_t i = 0; i < content.size(); ++i) CHECK_MESSAGE(refusal(folder, content.substr(0, i)) != "no error", "cut at ", i);
    for (std::size_t i = 0; i < content.size(); ++i)
      for (const int flip : {0x01, 0x02, 0x04, 0x08, 0x10, 0x20, 0x40, 0x80, 0xFF}) {
        auto damaged = content;
        damaged[i] = static_cast<char>(damaged[i] ^ flip);
        refusal(folder, damaged);
      }
  }
}

TEST_CASE("damaged pickles with right checksums") {
  const TemporaryFolder folder;
  const auto body = pickle(dict(text("w") + tensor("FloatStorage", "0", 6, 0, integer(2) + integer(3), integer(3) + integer(1))));
  const auto data = floats({0, 1, 2, 3, 4, 5});
  for (std::size_t i = 0; i < body.size(); ++i)
    for (int byte = 0; byte < 256; byte += 3) {
      auto damaged = body;
      damaged[i] = static_cast<char>(byte);
      refusal(folder, zip({{"a/data.pkl", damaged}, {"a/data/0", data}}));
    }
}
