#pragma once

#include <utility>

#include <scriba/backbone/crnn_line.hpp>
#include <scriba/backbone/mobile_net_v3_line.hpp>
#include <scriba/backbone/mobile_net_v3_old_line.hpp>
#include <scriba/backbone/res_net_line.hpp>
#include <scriba/backbone/vgg_line.hpp>
#include <scriba/head/ctc.hpp>
#include <scriba/head/fixed_length.hpp>
#include <scriba/loss/ctc.hpp>
#include <scriba/loss/fixed_length.hpp>
#include <scriba/neck/identity.hpp>
#include <scriba/neck/stacked_bi_lstm.hpp>
#include <scriba/neck/svtr.hpp>
#include <scriba/postprocess/ctc_text.hpp>
#include <scriba/postprocess/fixed_length_text.hpp>
#include <scriba/recognizer.hpp>

/// The recognition configurations of pytorchOCR as types. All read grey lines of 32 rows. Numbers of parameters are for 36 characters and
/// the blank. How each was trained: zoo/reference_recognizer_list.hpp.
namespace scriba::zoo {

/// What they share.
template <class Backbone, class Neck>
using CtcRecognizer = Recognizer<Backbone, Neck, head::Ctc, loss::Ctc, postprocess::CtcText>;

/// 22.3 million parameters.
using CrnnResNet34 = CtcRecognizer<backbone::ResNet34Line, neck::StackedBiLstm<128>>;
/// 24.1 million parameters.
using CrnnResNet34Wide = CtcRecognizer<backbone::ResNet34Line, neck::StackedBiLstm<256>>;
/// 29.5 million parameters.
using CrnnResNet50 = CtcRecognizer<backbone::ResNet50Line, neck::StackedBiLstm<256>>;
/// 3,969,539 parameters.
using CrnnMobileNetV3Large = CtcRecognizer<backbone::MobileNetV3LineLarge, neck::StackedBiLstm<96>>;
/// 1,213,723 parameters.
using CrnnMobileNetV3Small = CtcRecognizer<backbone::MobileNetV3LineSmall, neck::StackedBiLstm<48>>;
/// 26.6 million parameters. Words of at most 25 characters, without an alignment.
using FcResNet50 = Recognizer<backbone::ResNet50Line, neck::Identity, head::FixedLength, loss::FixedLength, postprocess::FixedLengthText>;
/// The older branch's MobileNetV3.
using CrnnMobileNetV3Old = CtcRecognizer<backbone::MobileNetV3OldLineLarge, neck::StackedBiLstm<96>>;
/// 5,047,973 parameters. CRNN's convolutions alone: no LSTM.
using CrnnOriginal = CtcRecognizer<backbone::CrnnLine, neck::Identity>;
/// 15,388,901 parameters. One LSTM.
using CrnnVgg16Bn = CtcRecognizer<backbone::Vgg16BnLine, neck::StackedBiLstm<128, 1>>;
/// Not the reference's: attention in place of the LSTMs, for CPUs, where LSTMs go frame by frame.
using SvtrMobileNetV3Small = CtcRecognizer<backbone::MobileNetV3LineSmall, neck::LightSvtr<64>>;

/// Options of any of them for an alphabet: grey lines on a canvas of 32 rows and `columns`, longer ones squeezed into it.
template <class Model>
typename Model::Options reference_recognizer_options(Alphabet alphabet, int columns = 100) {
  typename Model::Options options;
  options.backbone.planes = 1;
  options.head.classes = alphabet.classes();
  options.postprocess.alphabet = std::move(alphabet);
  options.input.size = crnn_line_size();
  options.input.size.min_canvas = options.input.size.max_width = columns;
  options.input.normalization.order = ChannelOrder::grey;
  return options;
}

}  // namespace scriba::zoo
