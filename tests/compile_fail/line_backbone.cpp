// A line recogniser's neck fed by a backbone for pages.
#include "parts.hpp"
#ifdef CASE_KO
using Model = scriba::Recognizer<Maps, scriba::neck::LightSvtr<>, scriba::head::Ctc, scriba::loss::Ctc, scriba::postprocess::CtcText>;
#else
using Model = scriba::Recognizer<Lines, scriba::neck::LightSvtr<>, scriba::head::Ctc, scriba::loss::Ctc, scriba::postprocess::CtcText>;
#endif
auto size = sizeof(Model);
