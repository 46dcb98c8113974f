#include "config/document.h"

#include <gtest/gtest.h>

#include "tests/config/problems.h"

namespace tidegate::config {
namespace {

std::string const file = "f";

std::vector<Node> parsed(std::string_view yaml) {
  Diagnostics diagnostics;
  auto documents = parse_documents(file, yaml, diagnostics);
  EXPECT_FALSE(diagnostics.has_errors()) << diagnostics.all().front().text();
  return documents;
}

TEST(Documents, EmptyAndCommentOnlyOnesAreLeftOut) {
  EXPECT_EQ(parsed("").size(), 0u);
  EXPECT_EQ(parsed("# nothing\n").size(), 0u);
  EXPECT_EQ(parsed("---\n---\n# x\n---\na: 1\n---\n").size(), 1u);
  EXPECT_EQ(parsed("---\na: 1\n...\n---\nb: 1\n...\n").size(), 2u);
  EXPECT_EQ(parsed("a: 1\n...\nb: 1\n").size(), 2u);
  EXPECT_EQ(parsed("--- {a: 1}\n--- {b: 1}\n").size(), 2u);
  EXPECT_EQ(parsed("%YAML 1.2\n---\na: 1\n").size(), 1u);
  EXPECT_EQ(parsed("\xef\xbb\xbf"
                   "a: 1\r\n---\r\nb: 1\r\n")
                .size(),
            2u);
}

TEST(Documents, PlacesCountFromTheBeginningOfTheFile) {
  auto const documents = parsed("a: 1\n---\n# x\nb:\n  - c: 2\n    d:\n");
  ASSERT_EQ(documents.size(), 2u);
  Node const& item = documents[1].find("b")->children.at(0);
  EXPECT_EQ(item.find("c")->line, 5);
  EXPECT_EQ(item.find("c")->column, 8);
  EXPECT_EQ(item.find("c")->where_key().column, 5);
  EXPECT_EQ(item.find("d")->where().line, 6);  // an empty value stands at its key
  EXPECT_EQ(item.find("d")->where().column, 5);
}

TEST(Documents, ABrokenDocumentSpoilsItselfOnly) {
  Diagnostics diagnostics;
  auto const documents = parse_documents(file, "a: 1\n---\nb: [\n---\nc: 1\n", diagnostics);
  EXPECT_EQ(documents.size(), 2u);
  ASSERT_EQ(diagnostics.all().size(), 1u);
  EXPECT_EQ(diagnostics.all()[0].text().substr(0, 23), "f:4:1: not valid YAML: ");
}

TEST(Documents, AliasesAndMergeKeysAreWrittenOut) {
  auto const documents = parsed(
      "base: &base {a: 1, b: 2}\n"
      "other: &other {b: 3, c: 4}\n"
      "one: {<<: *base, a: 5}\n"
      "two:\n  <<: [*base, *other]\n"
      "same: *base\n");
  ASSERT_EQ(documents.size(), 1u);
  Node const& root = documents[0];
  EXPECT_EQ(root.find("one")->find("a")->text, "5");
  EXPECT_EQ(root.find("one")->find("b")->text, "2");
  EXPECT_EQ(root.find("two")->find("b")->text, "2");
  EXPECT_EQ(root.find("two")->find("c")->text, "4");
  EXPECT_EQ(root.find("same")->find("a")->text, "1");
  EXPECT_EQ(root.find("same")->key, "same");
}

TEST(Documents, ADuplicateKeyIsAWarningAndTheLastCounts) {
  Diagnostics diagnostics;
  auto const documents =
      parse_documents(file, "a:\n- {b: 1}\n- b: 2\n  c: 3\n  b: 4\n", diagnostics);
  ASSERT_EQ(documents.size(), 1u);
  EXPECT_EQ(documents[0].find("a")->children[1].find("b")->text, "4");
  EXPECT_EQ(documents[0].find("a")->children[1].children.size(), 2u);
  EXPECT_EQ(
      problem_texts(diagnostics),
      std::vector<std::string>{"warning f:3:3: a[1].b: given twice; the one in line 5 counts"});
}

TEST(Documents, KeysAreText) {
  EXPECT_EQ(problems_of("[a]: b\n"), "error f:1:1: a key must be text\n");
  EXPECT_EQ(problems_of("? {a: b}\n: c\n"), "error f:1:3: a key must be text\n");
}

TEST(Documents, OnlyPlainScalarsArePlain) {
  auto const documents = parsed("a: true\nb: \"true\"\nc: 'true'\nd: |\n  true\ne: ~\nf: null\n");
  ASSERT_EQ(documents.size(), 1u);
  EXPECT_TRUE(documents[0].find("a")->is_plain);
  EXPECT_FALSE(documents[0].find("b")->is_plain);
  EXPECT_FALSE(documents[0].find("c")->is_plain);
  EXPECT_FALSE(documents[0].find("d")->is_plain);
  EXPECT_TRUE(documents[0].find("e")->is_null());
  EXPECT_TRUE(documents[0].find("f")->is_null());
}

TEST(Documents, AMarkerInsideABlockScalarEndsTheDocument) {
  EXPECT_EQ(parsed("a: |\n  text\n  --- no marker\n---\nb: 1\n").size(), 2u);
}

TEST(Documents, ALoneListOrTextIsNoConfiguration) {
  EXPECT_EQ(problems_of("- a\n"),
            "error f:1:1: expected a mapping: a resource with apiVersion and kind, or settings; "
            "found a list\n");
  EXPECT_NE(problems_of(",\n").find("not valid YAML: unexpected text"), std::string::npos);
}

TEST(FieldNames, CamelCaseAndSnakeCaseAreTheSame) {
  EXPECT_TRUE(is_same_field("httpsRedirect", "https_redirect"));
  EXPECT_TRUE(is_same_field("http2MaxRequests", "http2_max_requests"));
  EXPECT_TRUE(is_same_field("uri", "uri"));
  EXPECT_FALSE(is_same_field("HttpsRedirect", "httpsRedirect"));
  EXPECT_FALSE(is_same_field("https_redirect_", "httpsRedirect"));
  EXPECT_FALSE(is_same_field("", "a"));
}

}  // namespace
}  // namespace tidegate::config
