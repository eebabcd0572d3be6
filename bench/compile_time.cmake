# How long a user's file takes to compile: one that composes a detector, against one that only includes the torch headers this needs.
#
#     cmake -P bench/compile_time.cmake        (after a build of the release preset)
#
# Best of three each, without precompiled headers, at -O0. Prints JSON.
get_filename_component(root "${CMAKE_CURRENT_LIST_DIR}/.." ABSOLUTE)
file(READ "${root}/build/release/build.ninja" ninja)
string(REGEX MATCH "build tests/CMakeFiles/model_tests.dir/all_headers.cpp.o[^\n]*\n(  [^\n]*\n)*" rule "${ninja}")
string(REGEX MATCH "INCLUDES = ([^\n]*)" _ "${rule}")
separate_arguments(includes UNIX_COMMAND "${CMAKE_MATCH_1}")
set(work "${root}/build/compile_time")
file(WRITE "${work}/torch.cpp" "#include <ATen/ATen.h>
#include <torch/nn/cloneable.h>
#include <torch/nn/modules/batchnorm.h>
#include <torch/nn/modules/conv.h>
#include <opencv2/imgproc.hpp>
int main() { return torch::nn::Conv2d(torch::nn::Conv2dOptions(3, 3, 1))->forward(at::zeros({1, 3, 8, 8})).dim() == 4 ? 0 : 1; }
")
file(WRITE "${work}/torch_all.cpp" "#include <torch/torch.h>
#include <opencv2/imgproc.hpp>
int main() { return torch::nn::Conv2d(torch::nn::Conv2dOptions(3, 3, 1))->forward(torch::zeros({1, 3, 8, 8})).dim() == 4 ? 0 : 1; }
")
file(WRITE "${work}/composed.cpp" "#include <scriba/backbone/pp_lcnet_v4.hpp>
#include <scriba/detector.hpp>
#include <scriba/head/db.hpp>
#include <scriba/loss/db.hpp>
#include <scriba/neck/se_fpn.hpp>
#include <scriba/postprocess/db_boxes.hpp>
using Model = scriba::Detector<scriba::backbone::PpLcNetV4SmallDetection, scriba::neck::SeFpn<96, scriba::neck::SeFpnSmooth::large_kernel>,
                               scriba::head::Db, scriba::loss::Db, scriba::postprocess::DbBoxes>;
int main() { return Model().predict(cv::Mat(64, 64, CV_8UC3)).empty() ? 0 : 1; }
")
foreach(name torch torch_all composed)
  set(best 1000000000)
  foreach(run 1 2 3)
    string(TIMESTAMP start "%s%f" UTC)
    execute_process(COMMAND c++ -std=c++20 -O0 ${includes} -c "${work}/${name}.cpp" -o "${work}/${name}.o" COMMAND_ERROR_IS_FATAL ANY)
    string(TIMESTAMP end "%s%f" UTC)
    math(EXPR micro "${end} - ${start}")
    if(micro LESS best)
      set(best ${micro})
    endif()
  endforeach()
  math(EXPR ${name}_ms "${best} / 1000")
endforeach()
math(EXPR percent "100 * ${composed_ms} / ${torch_ms}")
math(EXPR percent_all "100 * ${composed_ms} / ${torch_all_ms}")
message("{\"bench\": \"compile_time\", \"composed_ms\": ${composed_ms}, \"torch_headers_ms\": ${torch_ms}, \"percent\": ${percent}, \"torch_umbrella_ms\": ${torch_all_ms}, \"percent_of_umbrella\": ${percent_all}}")
