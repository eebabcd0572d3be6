// Composes a detector of its own and runs it.
#include <cstdio>

#include <scriba/backbone/pp_lcnet_v4.hpp>
#include <scriba/detector.hpp>
#include <scriba/head/db.hpp>
#include <scriba/loss/db.hpp>
#include <scriba/neck/se_fpn.hpp>
#include <scriba/postprocess/db_boxes.hpp>

using Model = scriba::Detector<scriba::backbone::PpLcNetV4SmallDetection, scriba::neck::SeFpn<48, scriba::neck::SeFpnSmooth::conv3x3>,
                               scriba::head::Db, scriba::loss::Db, scriba::postprocess::DbBoxes>;

int main() {
  Model model({.input = {.resize = {.side = 64}}});
  model.eval();
  std::printf("%zu regions\n", model.predict(cv::Mat(64, 64, CV_8UC3, cv::Scalar::all(128))).size());
}
