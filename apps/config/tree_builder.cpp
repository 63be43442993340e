#include "zoo/apps/config/tree_builder.h"

#include <algorithm>
#include <utility>

#include "zoo/apps/config/scalars.h"
#include "zoo/apps/config/utf8.h"

namespace zoo {

TreeBuilder::TreeBuilder(std::string_view text, Origin source, ProblemList& problems)
    : source_(std::move(source)), problems_(problems) {
  for (size_t start = 0; start <= text.size();) {
    const size_t end = std::min(text.find('\n', start), text.size());
    lines_.push_back(text.substr(start, end - start));
    start = end + 1;
  }
}

Origin TreeBuilder::place(const YAML::Mark& mark) const {
  Origin origin = source_;
  if (source_.is_override || mark.is_null()) return origin;
  // The parser counts from 0 and columns in bytes; people count from 1 and in characters.
  const auto line = static_cast<size_t>(mark.line);
  const auto bytes = static_cast<size_t>(mark.column);
  const auto before = line < lines_.size() ? lines_[line].substr(0, bytes) : std::string_view();
  origin.line = mark.line + 1;
  origin.column = static_cast<int>(count_characters(before)) + 1;
  return origin;
}

void TreeBuilder::OnDocumentStart(const YAML::Mark& mark) {
  if (++documents_ == 2) {
    problems_.add(place(mark), "a second YAML document starts here; a file holds one experiment");
  }
}

void TreeBuilder::OnNull(const YAML::Mark& mark, YAML::anchor_t anchor) {
  const Origin origin = place(mark);
  refuse_properties(origin, "", anchor);
  deliver(ConfigNode::make(Kind::kNull, origin));
}

void TreeBuilder::OnAlias(const YAML::Mark& mark, YAML::anchor_t) {
  const Origin origin = place(mark);
  problems_.add(origin, "aliases ('*') are not supported; write the value out");
  deliver(ConfigNode::make(Kind::kFaulty, origin));
}

void TreeBuilder::OnScalar(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                           const std::string& value) {
  const Origin origin = place(mark);
  refuse_properties(origin, tag, anchor);
  ConfigNode node = ConfigNode::make(Kind::kScalar, origin, value);
  node.quoted = tag == "!";
  deliver(std::move(node));
}

void TreeBuilder::OnSequenceStart(const YAML::Mark& mark, const std::string& tag,
                                  YAML::anchor_t anchor, YAML::EmitterStyle::value) {
  refuse_properties(place(mark), tag, anchor);
  open(Kind::kSequence, place(mark));
}

void TreeBuilder::OnMapStart(const YAML::Mark& mark, const std::string& tag, YAML::anchor_t anchor,
                             YAML::EmitterStyle::value) {
  refuse_properties(place(mark), tag, anchor);
  open(Kind::kMapping, place(mark));
}

void TreeBuilder::refuse_properties(const Origin& origin, const std::string& tag,
                                    YAML::anchor_t anchor) {
  if (anchor != YAML::NullAnchor) {
    problems_.add(origin, "anchors ('&') are not supported; write the value out");
  }
  // "?" and "!" are what the parser calls a plain and a quoted scalar without a tag.
  if (!tag.empty() && tag != "?" && tag != "!") {
    problems_.add(origin, "tags ('!') are not supported; leave '" + shown(tag) + "' out");
  }
}

void TreeBuilder::open(Kind kind, const Origin& origin) {
  open_.emplace_back();
  open_.back().node = ConfigNode::make(kind, origin);
}

void TreeBuilder::close() {
  ConfigNode node = std::move(open_.back().node);
  open_.pop_back();
  deliver(std::move(node));
}

void TreeBuilder::deliver(ConfigNode node) {
  if (open_.empty()) {
    if (documents_ == 1) root_ = std::move(node);
    return;
  }
  Open& parent = open_.back();
  if (parent.node.kind == Kind::kSequence) {
    if (node.kind == Kind::kNull) node.origin = parent.node.origin;
    parent.node.items.push_back(std::move(node));
  } else if (!parent.has_key) {
    deliver_key(parent, node);
  } else {
    deliver_value(parent, std::move(node));
  }
}

void TreeBuilder::deliver_key(Open& parent, const ConfigNode& key) {
  parent.has_key = true;
  parent.dropped = true;
  parent.entry = {.key = key.text, .origin = key.origin, .value = {}};
  parent.entry.overridden = source_.is_override;
  if (key.kind == Kind::kFaulty) return;
  if (key.kind == Kind::kNull) {
    problems_.add(parent.node.origin, "a key of this mapping is empty");
  } else if (key.kind != Kind::kScalar) {
    problems_.add(key.origin, "a key must be a word, got " + shown(key));
  } else if (key.text == "<<" && !key.quoted) {
    problems_.add(key.origin, "merge keys ('<<') are not supported; write the options out");
  } else if (!key.quoted && looks_like_number(key.text)) {
    problems_.add(key.origin,
                  "a key must be a word, got the number " + shown(key.text) + "; put it in quotes");
  } else if (const auto* first = parent.node.find(key.text)) {
    const auto line = first->origin.line;
    problems_.add(key.origin, "'" + shown(key.text) + "' is given twice" +
                                  (line > 0 ? ", first in line " + std::to_string(line) : ""));
  } else {
    parent.dropped = false;
  }
}

void TreeBuilder::deliver_value(Open& parent, ConfigNode value) {
  parent.has_key = false;
  if (parent.dropped) return;
  if (value.kind == Kind::kNull) value.origin = parent.entry.origin;
  parent.entry.value = std::move(value);
  parent.node.entries.push_back(std::move(parent.entry));
}

}  // namespace zoo
