#include "config/load.h"

#include <gtest/gtest.h>
#include <stdlib.h>

#include <algorithm>

#include <filesystem>
#include <fstream>

#include "tests/config/problems.h"

namespace tidegate::config {
namespace {

namespace fs = std::filesystem;

/// A folder of its own for each test, removed afterwards.
class Load : public ::testing::Test {
 protected:
  Load() {
    std::string name = (fs::temp_directory_path() / "tidegate-load-XXXXXX").string();
    if (mkdtemp(name.data())) folder_ = name;
  }
  ~Load() override { fs::remove_all(folder_); }

  void write(std::string const& name, std::string_view text) const {
    fs::create_directories((folder_ / name).parent_path());
    std::ofstream(folder_ / name) << text;
  }

  /// Problems have the folder's name left out.
  [[nodiscard]] Loaded load_folder(std::vector<EnvironmentVariable> variables = {},
                                   std::string environment = "development") const {
    Diagnostics diagnostics;
    Loaded result{
        load({{folder_.string()}, std::move(environment), std::move(variables)}, diagnostics),
        problem_texts(diagnostics)};
    for (std::string& problem : result.problems) {
      auto const at = problem.find(folder_.string());
      if (at != problem.npos) problem.replace(at, folder_.string().size(), "DIR");
    }
    return result;
  }

  fs::path folder_;
};

std::string rule(std::string const& name) {
  return "apiVersion: networking.istio.io/v1\nkind: DestinationRule\nmetadata: {name: " + name +
         "}\nspec: {host: b}\n";
}

std::vector<std::string> rule_names(Documents const& documents) {
  std::vector<std::string> names;
  for (auto const& found : documents.destination_rules) names.push_back(found.metadata.name);
  return names;
}

using Texts = std::vector<std::string>;

TEST_F(Load, AFolderIsReadInSortedOrderDeeply) {
  write("b.yaml", rule("b"));
  write("a.yml", rule("a"));
  write("c/d/e.yaml", rule("e"));
  write("README.md", "{{{");
  write(".git/x.yaml", "{{{");
  write("..data/x.yaml", "{{{");
  auto const result = load_folder();
  EXPECT_EQ(result.problems, Texts());
  EXPECT_EQ(rule_names(result.documents), (Texts{"a", "b", "e"}));
}

TEST_F(Load, AFolderWithBaseYamlIsLayered) {
  write("base.yaml", "gateway: {name: base, workers: 1, locality: r}\n");
  write("development.yaml", "gateway: {workers: 2}\n");
  write("production.yaml", "gateway: {workers: 3}\n");
  write("routes/a.yaml", rule("a"));
  auto result = load_folder({{"TIDEGATE_GATEWAY__NAME", "variable"}});
  EXPECT_EQ(result.problems, Texts());
  EXPECT_EQ(result.documents.settings.gateway.name, "variable");
  EXPECT_EQ(result.documents.settings.gateway.workers, 2u);
  EXPECT_EQ(result.documents.settings.gateway.locality, "r");
  EXPECT_EQ(rule_names(result.documents), Texts{"a"});

  result = load_folder({}, "production");
  EXPECT_EQ(result.documents.settings.gateway.workers, 3u);
  result = load_folder({}, "staging");
  EXPECT_EQ(result.documents.settings.gateway.workers, 1u);
  EXPECT_EQ(
      result.problems,
      Texts{"error DIR/staging.yaml: no such file, but staging was named as the environment"});
  result = load_folder({}, "../x");
  EXPECT_EQ(result.problems,
            Texts{"error DIR: expected a name as the environment; found \"../x\""});
}

TEST_F(Load, LinksAreFollowedAsKubernetesMountsThem) {
  write("..2024/base.yaml", "gateway: {name: mounted}\n");
  write("..2024/sub/a.yaml", rule("a"));
  fs::create_directory_symlink("..2024", folder_ / "..data");
  fs::create_symlink("..data/base.yaml", folder_ / "base.yaml");
  fs::create_directory_symlink("..data/sub", folder_ / "sub");
  fs::create_directory_symlink(folder_, folder_ / "..2024/sub/loop");
  auto const result = load_folder();
  EXPECT_EQ(result.documents.settings.gateway.name, "mounted");
  EXPECT_EQ(rule_names(result.documents), Texts{"a"});
}

TEST_F(Load, WhatIsMissingIsAnError) {
  EXPECT_EQ(load_folder().problems, Texts{"error DIR: holds no *.yaml file"});
  Diagnostics diagnostics;
  static_cast<void>(load({{"/no/such/path.yaml"}, "development", {}}, diagnostics));
  EXPECT_EQ(problem_texts(diagnostics), Texts{"error /no/such/path.yaml: no such file or folder"});
}

TEST_F(Load, PathsAreReadInTheOrderGiven) {
  write("1.yaml", "gateway: {name: one}\n");
  write("2.yaml", "gateway: {name: two}\n");
  Diagnostics diagnostics;
  auto const documents =
      load({{(folder_ / "2.yaml").string(), (folder_ / "1.yaml").string()}, "x", {}}, diagnostics);
  EXPECT_EQ(documents.settings.gateway.name, "one");
}

TEST_F(Load, VariablesSetFields) {
  write("a.yaml", "limits: {connections: 1, header_count: 2}\n");
  auto const result = load_folder({{"TIDEGATE_LIMITS__CONNECTIONS", "7"},
                                   {"TIDEGATE_Gateway__Trusted_Proxies", "[10.0.0.1, '::1']"},
                                   {"TIDEGATE_GATEWAY__LABELS", "{a: b}"},
                                   {"TIDEGATE_GATEWAY__NAME", "a: [b"},
                                   {"TIDEGATE_HEADERS_WITH_UNDERSCORES", "drop"},
                                   {"TIDEGATE_ENV", "production"},
                                   {"TIDEGATE_PORT_443_TCP_ADDR", "10.0.0.1"},
                                   {"TIDEGATE_SERVICE_HOST", "10.0.0.1"},
                                   {"HOME", "/"}});
  EXPECT_EQ(result.problems, Texts());
  auto const& settings = result.documents.settings;
  EXPECT_EQ(settings.limits.connections, 7u);
  EXPECT_EQ(settings.limits.header_count, 2u);
  EXPECT_EQ(settings.gateway.trusted_proxies, (Texts{"10.0.0.1", "::1"}));
  EXPECT_EQ(settings.gateway.labels, (Labels{{"a", "b"}}));
  EXPECT_EQ(settings.gateway.name, "a: [b");
  EXPECT_EQ(settings.underscore_headers, UnderscoreHeaders::drop);
}

TEST_F(Load, ProblemsOfVariablesNameTheVariable) {
  write("a.yaml", "limits: {connections: 1}\n");
  EXPECT_EQ(load_folder({{"TIDEGATE_LIMITS__CONNECTIONS", "many"}}).problems,
            Texts{"error environment: TIDEGATE_LIMITS__CONNECTIONS: expected a whole number, 1 to "
                  "10000000; found \"many\""});
  EXPECT_EQ(load_folder({{"TIDEGATE_LIMITS__CONECTIONS", "1"}}).problems,
            Texts{"warning environment: TIDEGATE_LIMITS__CONECTIONS: unknown field, ignored; did "
                  "you mean `connections`?"});
  EXPECT_EQ(load_folder({{"TIDEGATE_NONSENSE", "1"}}).problems,
            Texts{"warning environment: TIDEGATE_NONSENSE: unknown field, ignored"});
  EXPECT_EQ(load_folder({{"TIDEGATE_API____X", "1"}}).problems,
            Texts{"warning environment: TIDEGATE_API____X: names no setting; write "
                  "TIDEGATE_SECTION__FIELD"});
  EXPECT_EQ(load_folder({{"TIDEGATE_ADMIN__TOKEN", "[s3cret"}}).problems,
            Texts{"error environment: TIDEGATE_ADMIN__TOKEN: not valid YAML; put it in quotes when "
                  "it is plain text"});
}

TEST_F(Load, ReferencesAreReplacedInAnyString) {
  write("secrets/token", "t0ken\n");
  write("a.yaml", "admin: {token: \"<${file:" + (folder_ / "secrets/token").string() +
                      "}>\"}\ngateway: {name: \"${env:A}${env:B}\", workers: \"${env:N}\"}\n");
  write("b.yaml",
        "apiVersion: networking.istio.io/v1\nkind: DestinationRule\nmetadata: {name: x}\n"
        "spec: {host: \"${env:HOST}\"}\n");
  auto const result = load_folder({{"A", "${env:B}"}, {"B", "b"}, {"N", "3"}, {"HOST", "backend"}});
  EXPECT_EQ(result.problems, Texts());
  EXPECT_EQ(result.documents.settings.admin_token, "<t0ken>");
  EXPECT_EQ(result.documents.settings.gateway.name, "${env:B}b");  // not expanded again
  EXPECT_EQ(result.documents.settings.gateway.workers, 3u);
  EXPECT_EQ(result.documents.destination_rules.at(0).host.value, "backend");
}

TEST_F(Load, UnresolvedReferencesAreErrorsAtTheirPlace) {
  write("a.yaml",
        "gateway:\n"
        "  name: ${env:NOT_SET}\n"
        "  locality: ${file:/no/such}\n"
        "  cluster_domain: ${env:OPEN\n"
        "  bind: ${env:SECRET}\n"
        "  workers: ${env:SECRET}\n"
        "  drain_timeout: ${file:/dev/zero}\n");
  EXPECT_EQ(load_folder({{"SECRET", "s3cret"}}).problems,
            (Texts{
                "error DIR/a.yaml:2:9: gateway.name: the environment variable NOT_SET is not set",
                "error DIR/a.yaml:6:12: gateway.workers: expected a whole number, 1 to 1024; found "
                "\"${env:SECRET}\"",
                "error DIR/a.yaml:3:13: gateway.locality: cannot read /no/such: No such file or "
                "directory",
                "error DIR/a.yaml:5:9: gateway.bind: expected an IP address; found "
                "\"${env:SECRET}\"",
                "error DIR/a.yaml:7:18: gateway.drain_timeout: cannot read /dev/zero: not a file",
                "error DIR/a.yaml:4:19: gateway.cluster_domain: `${env:` has no closing brace",
            }));
}

TEST_F(Load, OtherDollarsAreLeftAlone) {
  write("a.yaml", "gateway: {name: \"^a${1}$ ${x:y} $\"}\n");
  auto const result = load_folder();
  EXPECT_EQ(result.problems, Texts());
  EXPECT_EQ(result.documents.settings.gateway.name, "^a${1}$ ${x:y} $");
}

TEST_F(Load, EveryProblemOfEveryFileIsFoundInOnePass) {
  write("a.yaml", "gateway: {workers: x, bind: y}\n");
  write("b.yaml", "a: [\n");
  write("c.yaml", "kind: Gateway\n");
  EXPECT_EQ(load_folder().problems.size(), 4u);
}

TEST(ProcessVariables, AreThoseOfTheEnvironment) {
  setenv("TIDEGATE_TEST_VARIABLE", "a=b", 1);
  auto const variables = process_variables();
  auto const found = std::find(variables.begin(), variables.end(),
                               EnvironmentVariable("TIDEGATE_TEST_VARIABLE", "a=b"));
  EXPECT_NE(found, variables.end());
}

}  // namespace
}  // namespace tidegate::config
