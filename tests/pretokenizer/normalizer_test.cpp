#include "pretokenizer/normalizer.hpp"

#include <doctest/doctest.h>

using btx::Normalizer;

TEST_CASE("NFC composes") {
  const Normalizer nfc({btx::NfcSpec{}});
  CHECK(nfc.apply("e\u0301") == "\u00e9");
  CHECK(nfc.apply("\u1100\u1161") == "\uac00");          // Hangul
  CHECK(nfc.apply("\u212b") == "\u00c5");                // the sign is the letter
  CHECK(nfc.apply("q\u0307\u0323") == "q\u0323\u0307");  // marks in canonical order
  CHECK(nfc.apply("\u0958") == "\u0915\u093c");          // excluded from composition
  CHECK(nfc.apply(std::string("a\0b", 3)) == std::string("a\0b", 3));
  CHECK(nfc.apply("") == "");
  // Marks since Unicode 13 and 12 stay where they stand, as they do in Hugging Face's NFC.
  CHECK(nfc.apply("\ua67c\U0001193d") == "\ua67c\U0001193d");
  CHECK(nfc.apply("e\u0301\u0eba\u0301") == "\u00e9\u0eba\u0301");
}

TEST_CASE("steps apply in order") {
  const Normalizer llama({btx::PrependSpec{"_"}, btx::ReplaceSpec{" ", "_"}});
  CHECK(llama.apply("a b  c") == "_a_b__c");
  CHECK(llama.apply("") == "");
  CHECK(llama.apply(" ") == "__");
  CHECK_FALSE(llama.identity());
  CHECK(Normalizer({}).identity());
  CHECK(Normalizer({}).apply("e\u0301") == "e\u0301");
}

TEST_CASE("each byte that is not UTF-8 becomes a replacement character") {
  CHECK(btx::valid_utf8("a\u00e9\U0001f600") == "a\u00e9\U0001f600");
  CHECK(btx::valid_utf8("\xff") == "\ufffd");
  CHECK(btx::valid_utf8("a\xe4\xbdz") == "a\ufffd\ufffdz");
  CHECK(btx::valid_utf8("\xed\xa0\x80") == "\ufffd\ufffd\ufffd");
}
