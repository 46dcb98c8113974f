#include "config/plain_yaml.h"

#include <gtest/gtest.h>
#include <yaml-cpp/parser.h>

#include <random>
#include <sstream>
#include <string>

#include "config/document_builder.h"

namespace tidegate::config {
namespace {

std::string const file = "f";
constexpr int lines_before = 7;

/// Everything that a tree consists of.
std::string text_of(Node const& node) {
  std::string text = std::to_string(static_cast<int>(node.kind)) + (node.is_plain ? "" : "!") +
                     '<' + node.key + '|' + node.text + '>';
  for (int const place : {node.line, node.column, node.key_line, node.key_column})
    text += std::to_string(place) + ',';
  text += node.is_null() || node.file == &file ? "" : "no file";
  text += '(';
  for (Node const& child : node.children) text += text_of(child);
  return text + ')';
}

struct Read {
  std::string text;
  std::size_t nodes = 0;  ///< of the budget
  std::size_t text_bytes = 0;
};

Read by_yaml_cpp(std::string const& document) {
  NodeBudget budget;
  Diagnostics diagnostics;
  DocumentBuilder builder(file, lines_before, budget, diagnostics);
  std::istringstream input(document);
  YAML::Parser parser(input);
  std::string problem;
  try {
    parser.HandleNextDocument(builder);
  } catch (std::exception const& error) {
    problem = error.what();
  }
  if (!diagnostics.all().empty()) problem = diagnostics.all().front().text();
  Node const root = builder.take_root();
  // The place of an empty document is nobody's matter.
  if (root.is_null()) return {problem + text_of({}), 0, 0};
  return {problem + text_of(root), budget.nodes, budget.text_bytes};
}

std::optional<Read> by_ourselves(std::string const& document) {
  NodeBudget budget;
  auto const root = read_plain_yaml(file, lines_before, document, budget);
  if (!root) return std::nullopt;
  if (root->is_null()) return Read{text_of({}), 0, 0};
  return Read{text_of(*root), budget.nodes, budget.text_bytes};
}

bool are_equal(std::string const& document, Read const& ours) {
  Read const theirs = by_yaml_cpp(document);
  EXPECT_EQ(ours.text, theirs.text) << "document:\n" << document;
  EXPECT_EQ(ours.nodes, theirs.nodes) << "document:\n" << document;
  EXPECT_EQ(ours.text_bytes, theirs.text_bytes) << "document:\n" << document;
  return !testing::Test::HasFailure();
}

TEST(PlainYaml, IsReadAsYamlCppReadsIt) {
  for (std::string const document : {
           "",
           "# nothing\n",
           "---\n",
           "--- # a comment\na: 1\n",
           "a: 1",
           "a: b c  # comment\nb: it's\nc: a#b\nd: ~\ne: null\nf: -1\ng: (a|b)*/{x}\n",
           "a:\n  b: 1\n\n  # comment\n  c:\n      d: 2\n",
           "a:\n- b\n- c: 1\n  d: 2\n-\n  e: 1\n- - f\n  - g\nh: 1\n",
           "a:\n  - b: {c: 1, d: [x, 'y', \"z\"], e: {}, f: []}\n",
           "a: [ b , c ]\nd: { e: 'f' }\n",
           "a: ''\nb: \"\"\nc: 'x # y'\nd: \"a: b\"\n",
           "- a\n- b\n",
           "a.b/c-d: 1\n/x: y\n",
       }) {
    auto const ours = by_ourselves(document);
    ASSERT_TRUE(ours) << document;
    EXPECT_TRUE(are_equal(document, *ours));
  }
}

TEST(PlainYaml, WhatIsNotPlainIsLeftToYamlCpp) {
  for (std::string const document : {
           "a: &x 1\nb: *x\n",
           "a: |\n  text\n",
           "a: >\n  text\n",
           "a: !!str 1\n",
           "a: b\n  c\n",
           "a: 'b\n  c'\n",
           "a: 'it''s'\n",
           "a: \"\\n\"\n",
           "? a\n: b\n",
           "a: [b,\n  c]\n",
           "a: {b}\n",
           "a: {b:1}\n",
           "a: [b, ]\n",
           "a:\n",
           "- \n- a\n",
           "a: b: c\n",
           "a: b:\n",
           "\"a\": 1\n",
           "a:\tb\n",
           "a: 1\r\n",
           "a: caf\xc3\xa9\n",
           "a: 1\n  b: 2\n",
           "  a: 1\nb: 2\n",
           "a:\n    b: 1\n  c: 2\n",
           "a: - b\n",
           "a: 1\n- b\n",
           "- a\nb: 1\n",
           "{a: 1}\n",
           "text\n",
           "null: 1\n",
           "~: 1\n",
           "<<: {a: 1}\n",
           "%YAML 1.2\n---\na: 1\n",
           "--- {a: 1}\n",
           "a: \"b\" c\n",
           "a: @b\n",
           "a: 'b'#c\n",
           "a: 1\nb: 2\na: 3\n",
       }) {
    EXPECT_FALSE(by_ourselves(document)) << document;
  }
  std::string nested;
  for (int depth = 0; depth < 100; ++depth)
    nested += std::string(static_cast<std::size_t>(depth), ' ') + "a:\n";
  EXPECT_FALSE(by_ourselves(nested + std::string(100, ' ') + "b\n"));
  EXPECT_FALSE(by_ourselves("a: " + std::string(100'000, '[') + '\n'));
}

std::string random_document(std::mt19937& random) {
  static constexpr std::string_view pieces[] = {
      "a",    "b",      "c.d/e", "a: ", "a: ",  "a: ",  "b: ", "b:\n",   "c:\n",  "- ",
      "- ",   "-",      " ",     "  ",  "    ", "\n",   "\n",  "\n",     "\n",    "\n  ",
      "\n  ", "\n  - ", "'",     "\"",  "'x'",  "[",    "]",   "{",      "}",     ", ",
      ",",    ":",      ": ",    "#",   " # ",  "null", "~",   "-1",     "/",     "*",
      "&",    "|",      "?",     "!",   "%",    "@",    "---", "[a, b]", "{a: 1}"};
  std::string document;
  for (std::size_t left = 1 + random() % 14; left > 0; --left)
    document += pieces[random() % std::size(pieces)];
  return document;
}

TEST(PlainYaml, WhatTheBudgetDoesNotCoverIsLeftAndCostsNothing) {
  std::string const document = "a: [b, cd]\n";
  NodeBudget budget{.nodes = 3, .text_bytes = 100};
  EXPECT_FALSE(read_plain_yaml(file, 0, document, budget));
  EXPECT_EQ(budget.nodes, 3u);
  budget = {.nodes = 100, .text_bytes = 2};
  EXPECT_FALSE(read_plain_yaml(file, 0, document, budget));
  budget = {.nodes = 4, .text_bytes = 3};
  EXPECT_TRUE(read_plain_yaml(file, 0, document, budget));
  EXPECT_EQ(budget.nodes, 0u);
  EXPECT_EQ(budget.text_bytes, 0u);
}

TEST(PlainYaml, WhateverIsReadHereYamlCppReadsLikewise) {
  std::mt19937 random(1);
  int read = 0;
  for (int i = 0; i < 100'000; ++i) {
    std::string const document = random_document(random);
    // The caller splits there.
    if (document.find("\n---") != document.npos) continue;
    auto const ours = by_ourselves(document);
    if (!ours) continue;
    ++read;
    ASSERT_TRUE(are_equal(document, *ours));
  }
  EXPECT_GT(read, 2'000);
}

}  // namespace
}  // namespace tidegate::config
