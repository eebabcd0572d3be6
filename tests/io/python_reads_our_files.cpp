// What we write, read by PyTorch itself, and the other way round. Needs a Python with torch: SCRIBA_PYTHON, else python3.
#include <scriba/io/torch_file.hpp>
#include <scriba/io/weights.hpp>

#include <doctest/doctest.h>
#include <torch/torch.h>

#include <cstdlib>
#include <fstream>

#include "io/temporary_folder.hpp"

namespace {

std::string python() {
  const char* set = std::getenv("SCRIBA_PYTHON");
  return set && *set ? set : "python3";
}

bool run(const TemporaryFolder& folder, const std::string& script) {
  folder.file("script.py", script);
  return std::system(("cd \"" + (folder / "").string() + "\" && \"" + python() + "\" script.py > log.txt 2>&1").c_str()) == 0;
}

std::string log(const TemporaryFolder& folder) {
  std::ifstream file(folder / "log.txt");
  return {std::istreambuf_iterator<char>(file), {}};
}

}  // namespace

TEST_CASE("PyTorch reads our files, and we read those of PyTorch") {
  const TemporaryFolder folder;
  if (!run(folder, "import torch\n")) {
    MESSAGE("skipped: all of this file (no Python with torch: set SCRIBA_PYTHON)");
    return;
  }

  torch::nn::Sequential net(torch::nn::Conv2d(3, 4, 3), torch::nn::BatchNorm2d(4));
  auto weights = scriba::io::state_dict(*net);
  weights.add("half", torch::tensor({0.5, -2.0}).to(torch::kHalf));
  weights.add("empty", torch::zeros({0, 3}));
  scriba::io::Dict metadata;
  metadata.set("architecture", "Détecteur");
  metadata.set("mean", scriba::io::List{0.485, -1, std::int64_t{1} << 40});
  metadata.set("size", scriba::io::Tuple{{32, 100}});
  metadata.set("flag", true);
  metadata.set("none", scriba::io::Value());
  scriba::io::write_torch_file(folder / "ours.pt", weights, metadata);

  const bool read = run(folder, R"(import torch
for mmap in False, True:
    ours = torch.load('ours.pt', weights_only=True, mmap=mmap)
    weights, metadata = ours['state_dict'], ours['metadata']
    assert metadata == {'architecture': 'D\u00e9tecteur', 'mean': [0.485, -1, 2**40], 'size': (32, 100), 'flag': True, 'none': None}, metadata
    net = torch.nn.Sequential(torch.nn.Conv2d(3, 4, 3), torch.nn.BatchNorm2d(4))
    assert weights['half'].tolist() == [0.5, -2.0] and weights['half'].dtype == torch.half
    assert weights['empty'].shape == (0, 3)
    assert [name for name in weights if '.' in name] == list(net.state_dict()), list(weights)
    net.load_state_dict({name: value for name, value in weights.items() if '.' in name})
torch.save({'epoch': 3, 'state_dict': net.state_dict()}, 'zip.pth')
torch.save({'epoch': 3, 'state_dict': net.state_dict()}, 'legacy.pth', _use_new_zipfile_serialization=False)
torch.save({'epoch': 3, 'state_dict': net.state_dict()}, 'protocol4.pth', pickle_protocol=4)
torch.save(net, 'module.pth')
)");
  REQUIRE_MESSAGE(read, log(folder));
  for (const char* name : {"zip.pth", "legacy.pth", "protocol4.pth"}) {
    const auto theirs = scriba::io::read_state_dict(folder / name);
    for (const auto& [key, tensor] : theirs) CHECK(torch::equal(tensor, weights.at(key)));
    CHECK(theirs.size() + 2 == weights.size());
  }
  // A pickled module names classes: it could run anything.
  CHECK_THROWS_AS(scriba::io::read_torch_file(folder / "module.pth"), scriba::Error);
}
