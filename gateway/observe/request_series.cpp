#include "gateway/observe/request_series.h"

#include <functional>
#include <utility>

#include "gateway/observe/record.h"

namespace tidegate::gateway {
namespace {

constexpr std::size_t first_slots = 64;  // a power of two
constexpr int highest_grpc_status = 16;  // UNAUTHENTICATED

std::string_view cluster_of(RequestRecord const& record) {
  return record.cluster == nullptr ? std::string_view() : record.cluster->name;
}

/// The endpoint's label says more than the name of the subset that it was found by.
std::string_view version_of(RequestRecord const& record) {
  if (!record.destination_version.empty() || record.cluster == nullptr)
    return record.destination_version;
  return record.cluster->subset;
}

int grpc_status_of(RequestRecord const& record) {
  if (!record.is_grpc) return SeriesKey::not_grpc;
  if (record.grpc_status < 0) return SeriesKey::no_grpc_status;
  return record.grpc_status <= highest_grpc_status ? record.grpc_status
                                                   : SeriesKey::strange_grpc_status;
}

std::size_t mix(std::size_t hash, std::size_t value) {
  hash = (hash ^ value) * 0x9E3779B97F4A7C15U;
  return hash ^ (hash >> 32U);
}

std::size_t hash_of(RequestRecord const& record) {
  std::hash<std::string_view> const text;
  std::size_t hash = text(cluster_of(record));
  hash = mix(hash, text(version_of(record)));
  hash = mix(hash, record.flags.bits());
  hash = mix(hash, static_cast<std::size_t>(record.response_code));
  return mix(hash, static_cast<std::size_t>(grpc_status_of(record)));
}

bool is_of(RequestSeries const& series, RequestRecord const& record) {
  SeriesKey const& key = series.key;
  return key.response_code == record.response_code && key.flags == record.flags.bits() &&
         key.grpc_status == grpc_status_of(record) && key.cluster == cluster_of(record) &&
         key.version == version_of(record);
}

SeriesKey key_of(RequestRecord const& record) {
  SeriesKey key;
  key.cluster = cluster_of(record);
  key.version = version_of(record);
  key.response_code = record.response_code;
  key.flags = record.flags.bits();
  key.grpc_status = grpc_status_of(record);
  if (record.cluster == nullptr) return key;
  key.service = record.cluster->service;
  key.service_name = record.cluster->service_name;
  key.name_space = record.cluster->name_space;
  return key;
}

}  // namespace

RequestSeriesTable::RequestSeriesTable() : slots_(first_slots) {}

RequestSeries& RequestSeriesTable::find(RequestRecord const& record) {
  std::size_t const hash = hash_of(record);
  std::size_t const mask = slots_.size() - 1;
  for (std::size_t slot = hash & mask; slots_[slot] != nullptr; slot = (slot + 1) & mask) {
    RequestSeries& series = *slots_[slot];
    if (series.hash == hash && is_of(series, record)) return series;
  }
  return add(record, hash);
}

std::vector<RequestSeries const*> RequestSeriesTable::all() const {
  std::lock_guard const lock(mutex_);
  std::vector<RequestSeries const*> found;
  found.reserve(all_.size());
  for (auto const& series : all_) found.push_back(series.get());
  return found;
}

RequestSeries& RequestSeriesTable::add(RequestRecord const& record, std::size_t hash) {
  if (overflow_ != nullptr) return *overflow_;
  auto made = std::make_unique<RequestSeries>();
  RequestSeries& series = *made;
  bool const is_overflow = all_.size() == most_series;
  if (is_overflow) {
    series.key.cluster = series.key.service = series.key.service_name = "overflow";
    overflow_ = &series;
  } else {
    series.key = key_of(record);
    series.hash = hash;
  }
  {
    std::lock_guard const lock(mutex_);
    all_.push_back(std::move(made));
  }
  if (is_overflow) return series;
  if (all_.size() * 2 > slots_.size()) grow();
  insert(series);
  return series;
}

void RequestSeriesTable::insert(RequestSeries& series) {
  std::size_t const mask = slots_.size() - 1;
  std::size_t slot = series.hash & mask;
  while (slots_[slot] != nullptr) slot = (slot + 1) & mask;
  slots_[slot] = &series;
}

void RequestSeriesTable::grow() {
  std::vector<RequestSeries*> const old = std::exchange(slots_, {});
  slots_.resize(old.size() * 2);
  for (RequestSeries* const series : old)
    if (series != nullptr) insert(*series);
}

}  // namespace tidegate::gateway
