#include <gtest/gtest.h>

#include "tests/config/problems.h"

namespace tidegate::config {
namespace {

TEST(Resources, ThreeVersionsAreOneSchema) {
  for (std::string const version : {"v1", "v1beta1", "v1alpha3"}) {
    auto const result = loaded("apiVersion: networking.istio.io/" + version +
                               "\nkind: DestinationRule\nmetadata: {name: a}\nspec: {host: b}\n");
    EXPECT_EQ(result.problems, std::vector<std::string>()) << version;
    EXPECT_EQ(result.documents.destination_rules.size(), 1u) << version;
  }
  EXPECT_EQ(problems_of("apiVersion: networking.istio.io/v2\nkind: Gateway\n"),
            "error f:1:13: apiVersion: expected networking.istio.io/v1, "
            "networking.istio.io/v1beta1 or networking.istio.io/v1alpha3; found "
            "\"networking.istio.io/v2\"\n");
}

TEST(Resources, OtherKindsAreSkippedWithOneNoticeEach) {
  EXPECT_EQ(problems_of("apiVersion: v1\nkind: Service\n---\napiVersion: v1\nkind: Service\n---\n"
                        "apiVersion: argoproj.io/v1alpha1\nkind: Rollout\n---\n"
                        "apiVersion: networking.istio.io/v1\nkind: Sidecar\n"),
            "notice f:1:1: Service (v1) is not read by the gateway; skipped\n"
            "notice f:7:1: Rollout (argoproj.io/v1alpha1) is not read by the gateway; skipped\n"
            "notice f:10:1: Sidecar is not read by the gateway; skipped\n");
}

TEST(Resources, AMistypedKindIsAnErrorNotAnotherKind) {
  EXPECT_EQ(problems_of("apiVersion: networking.istio.io/v1\nkind: virtualservice\n"),
            "error f:2:7: kind: expected Gateway, VirtualService, DestinationRule, ServiceEntry or "
            "WorkloadEntry with this apiVersion; found \"virtualservice\"\n");
  EXPECT_EQ(problems_of("kind: Gateway\n"), "error f:1:1: `apiVersion` is missing\n");
}

TEST(Resources, TheItemsOfAListAreRead) {
  auto const result = loaded(
      "apiVersion: v1\nkind: List\nitems:\n"
      "- {apiVersion: networking.istio.io/v1, kind: DestinationRule, metadata: {name: a}, "
      "spec: {host: b}}\n"
      "- apiVersion: networking.istio.io/v1\n"
      "  kind: DestinationRule\n"
      "  metadata: {name: c, namespace: d, labels: {e: f}, creationTimestamp: "
      "\"2024-01-01T00:00:00Z\", uid: x}\n"
      "  spec: {host: [b]}\n"
      "  status: {}\n");
  EXPECT_EQ(result.problems, std::vector<std::string>{
                                 "error f:8:16: items[1].spec.host: expected text; found a list"});
  ASSERT_EQ(result.documents.destination_rules.size(), 2u);
  auto const& metadata = result.documents.destination_rules[1].metadata;
  EXPECT_EQ(metadata.name, "c");
  EXPECT_EQ(metadata.name_space, "d");
  EXPECT_EQ(metadata.labels, (Labels{{"e", "f"}}));
  EXPECT_EQ(metadata.creation_timestamp, "2024-01-01T00:00:00Z");
  EXPECT_EQ(result.documents.destination_rules[0].metadata.name_space, "default");
}

TEST(Resources, TheSameNameTwiceIsAnError) {
  std::string const rule =
      "apiVersion: networking.istio.io/v1\nkind: DestinationRule\nmetadata: {name: a}\n"
      "spec: {host: b}\n";
  EXPECT_EQ(problems_of(rule + "---\n" + rule),
            "error f:8:11: metadata: another DestinationRule default/a stands in f:1\n");
}

TEST(Resources, MetadataNeedsAName) {
  EXPECT_EQ(problems_of("apiVersion: networking.istio.io/v1\nkind: DestinationRule\n"
                        "metadata: {nmae: a}\nspec: {host: b}\n"),
            "error f:3:11: metadata: `name` is missing\n"
            "warning f:3:12: metadata.nmae: unknown field, ignored; did you mean `name`?\n");
  EXPECT_EQ(problems_of("apiVersion: networking.istio.io/v1\nkind: DestinationRule\n"
                        "metadata: {name: a}\nsepc: {host: b}\n"),
            "error f:1:1: `spec` is missing\n"
            "warning f:4:1: sepc: unknown field, ignored; did you mean `spec`?\n");
}

}  // namespace
}  // namespace tidegate::config
