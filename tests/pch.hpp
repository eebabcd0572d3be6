#pragma once
// What every program of ours that uses torch includes anyway. Library headers include what they need themselves.
#include <filesystem>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include <torch/torch.h>
#include <opencv2/imgcodecs.hpp>
#include <opencv2/imgproc.hpp>
