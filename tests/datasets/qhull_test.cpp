#include "zoo/datasets/qhull.h"

#include <gtest/gtest.h>
#include <malloc.h>

#include <algorithm>
#include <cmath>
#include <future>
#include <limits>
#include <numbers>
#include <stdexcept>

#include "support/message_of.h"
#include "support/random_points.h"

namespace zoo {
namespace {

constexpr int kInstances = 4000;

const Point& at(const Points& points, int64_t index) { return points[static_cast<size_t>(index)]; }

double left_of(const Point& a, const Point& b, const Point& c) {
  return (b.x - a.x) * (c.y - a.y) - (b.y - a.y) * (c.x - a.x);
}

// By definition: i and then j are on the hull if all other points lie on the left of the way.
std::vector<int64_t> hull_by_definition(const Points& points) {
  const auto count = static_cast<int64_t>(points.size());
  std::vector<int64_t> next(points.size(), -1);
  for (int64_t i = 0; i < count; ++i) {
    for (int64_t j = 0; j < count && next[static_cast<size_t>(i)] < 0; ++j) {
      bool edge = i != j;
      for (int64_t k = 0; k < count && edge; ++k) {
        edge = k == i || k == j || left_of(at(points, i), at(points, j), at(points, k)) > 0;
      }
      if (edge) next[static_cast<size_t>(i)] = j;
    }
  }
  int64_t first = 0;
  while (next[static_cast<size_t>(first)] < 0) ++first;
  std::vector<int64_t> corners{first};
  for (int64_t i = next[static_cast<size_t>(first)]; i != first; i = next[static_cast<size_t>(i)]) {
    corners.push_back(i);
  }
  return corners;
}

// Positive if `point` lies inside of the circle through a, b, c.
double in_circle(const Point& a, const Point& b, const Point& c, const Point& point) {
  const double ax = a.x - point.x, ay = a.y - point.y, bx = b.x - point.x, by = b.y - point.y;
  const double cx = c.x - point.x, cy = c.y - point.y;
  const double determinant = (ax * ax + ay * ay) * (bx * cy - cx * by) -
                             (bx * bx + by * by) * (ax * cy - cx * ay) +
                             (cx * cx + cy * cy) * (ax * by - bx * ay);
  return left_of(a, b, c) > 0 ? determinant : -determinant;
}

bool circle_is_empty(const Points& points, const Triangle& triangle, double tolerance = 0) {
  const auto& [a, b, c] = triangle;
  for (int64_t i = 0; i < static_cast<int64_t>(points.size()); ++i) {
    if (i == a || i == b || i == c) continue;
    if (in_circle(at(points, a), at(points, b), at(points, c), at(points, i)) > tolerance) {
      return false;
    }
  }
  return true;
}

double area_of(const Points& points, const Triangle& triangle) {
  const auto& [a, b, c] = triangle;
  return std::abs(left_of(at(points, a), at(points, b), at(points, c))) / 2;
}

double total_area(const Points& points, const std::vector<Triangle>& triangles) {
  double sum = 0;
  for (const auto& triangle : triangles) sum += area_of(points, triangle);
  return sum;
}

double hull_area(const Points& points) {
  const auto hull = convex_hull_of(points);
  double sum = 0;
  for (size_t i = 2; i < hull.size(); ++i) {
    sum += left_of(at(points, hull[0]), at(points, hull[i - 1]), at(points, hull[i])) / 2;
  }
  return sum;
}

Points grid(int64_t columns, int64_t rows) {
  Points points;
  for (int64_t i = 0; i < columns * rows; ++i) {
    points.push_back({static_cast<double>(i % columns), static_cast<double>(i / columns)});
  }
  return points;
}

template <class Solve>
std::string complaint(Solve solve, const Points& points) {
  return message_of<std::invalid_argument>([&] { solve(points); });
}

TEST(Qhull, HullIsThatOfTheDefinition) {
  Random random({1});
  for (int i = 0; i < kInstances; ++i) {
    const auto points = random_points(random, random.integer(3, 50));
    ASSERT_EQ(convex_hull_of(points), hull_by_definition(points)) << "instance " << i;
  }
}

TEST(Qhull, TrianglesAreAllThatHaveAnEmptyCircle) {
  Random random({2});
  for (int i = 0; i < kInstances / 4; ++i) {
    const int64_t count = random.integer(3, 14);
    const auto points = random_points(random, count);
    std::vector<Triangle> expected;
    for (int64_t a = 0; a < count; ++a) {
      for (int64_t b = a + 1; b < count; ++b) {
        for (int64_t c = b + 1; c < count; ++c) {
          if (circle_is_empty(points, {a, b, c})) expected.push_back({a, b, c});
        }
      }
    }
    ASSERT_EQ(delaunay_of(points), expected) << "instance " << i;
  }
}

// Points of a small lattice: many coincide, lie on one line or on one circle. In whole numbers the
// tests of the definitions are exact.
TEST(Qhull, DegenerateInstancesHaveExactAnswers) {
  Random random({8});
  int flat = 0;
  for (int i = 0; i < kInstances; ++i) {
    Points points;
    const int64_t count = random.integer(3, 25), side = random.integer(1, 6);
    for (int64_t k = 0; k < count; ++k) {
      const auto x = static_cast<double>(random.integer(0, side));
      points.push_back({x, static_cast<double>(random.integer(0, side))});
    }
    std::vector<int64_t> hull;
    try {
      hull = convex_hull_of(points);
    } catch (const std::invalid_argument&) {
      ++flat;
      EXPECT_NE(complaint(delaunay_of, points), "no error");
      continue;
    }
    EXPECT_EQ(hull.front(), *std::ranges::min_element(hull));
    for (size_t k = 0; k < hull.size(); ++k) {
      const auto& from = at(points, hull[k]);
      const auto& to = at(points, hull[(k + 1) % hull.size()]);
      EXPECT_GT(left_of(from, to, at(points, hull[(k + 2) % hull.size()])), 0);
      for (const auto& point : points) EXPECT_GE(left_of(from, to, point), 0);
    }
    const auto triangles = delaunay_of(points);
    EXPECT_EQ(total_area(points, triangles), hull_area(points));
    for (const auto& triangle : triangles) {
      EXPECT_GT(area_of(points, triangle), 0);
      EXPECT_TRUE(circle_is_empty(points, triangle));
    }
    ASSERT_FALSE(testing::Test::HasFailure()) << "instance " << i;
  }
  EXPECT_GT(flat, 10);
  EXPECT_LT(flat, kInstances / 4);
}

// By Euler's formula, with h corners of the hull.
TEST(Qhull, ThereAreTwiceThePointsLessTwoLessTheHullTriangles) {
  Random random({3});
  for (int i = 0; i < kInstances; ++i) {
    const auto points = random_points(random, random.integer(3, 50));
    const auto triangles = delaunay_of(points);
    ASSERT_EQ(triangles.size(), 2 * points.size() - 2 - convex_hull_of(points).size());
    for (const auto& triangle : triangles) ASSERT_TRUE(circle_is_empty(points, triangle));
    ASSERT_NEAR(total_area(points, triangles), hull_area(points), 1e-12);
  }
}

// Buchta (1984), "Zufallspolygone in konvexen Vielecken", J. reine angew. Math. 347: the mean
// number of corners for points uniform in a square; 4.236, 5.962 and 10.149.
double mean_corners(int64_t points) {
  double sum = -1 / (static_cast<double>(points) * std::pow(2, points));
  for (int64_t k = 1; k <= points; ++k) {
    sum += (1 - std::pow(2, -k)) / static_cast<double>(k);
  }
  return 8 * sum / 3;
}

TEST(Qhull, MeanSizesAreThoseOfGeometry) {
  EXPECT_NEAR(mean_corners(3), 3, 1e-12);
  for (const int64_t count : {5, 10, 50}) {
    Random random({4, static_cast<uint64_t>(count)});
    double corners = 0, squares = 0, triangles = 0;
    for (int i = 0; i < kInstances; ++i) {
      const auto points = random_points(random, count);
      const auto size = static_cast<double>(convex_hull_of(points).size());
      corners += size / kInstances;
      squares += size * size / kInstances;
      triangles += static_cast<double>(delaunay_of(points).size()) / kInstances;
    }
    const double deviation = std::sqrt((squares - corners * corners) / kInstances);
    EXPECT_NEAR(corners, mean_corners(count), 4 * deviation) << count;
    // 3.76, 12.04 and 87.85.
    const double expected = 2 * static_cast<double>(count) - 2 - mean_corners(count);
    EXPECT_NEAR(triangles, expected, 4 * deviation) << count;
  }
}

TEST(Qhull, HullBeginsWithTheLowestIndexAndTurnsLeft) {
  const Points square{{0.5, 0.5}, {1, 0}, {0, 0}, {1, 1}, {0, 1}};
  EXPECT_EQ(convex_hull_of(square), (std::vector<int64_t>{1, 3, 4, 2}));
}

TEST(Qhull, PointsInsideAnEdgeAreNoCorners) {
  const Points points{{0.5, 0}, {0, 0}, {1, 0}, {0.25, 0.75}, {0, 1}, {0, 0.5}, {0.5, 0.5}};
  EXPECT_EQ(convex_hull_of(points), (std::vector<int64_t>{1, 2, 4}));
  EXPECT_EQ(convex_hull_of(grid(7, 5)), (std::vector<int64_t>{0, 6, 34, 28}));
}

TEST(Qhull, TheLowestIndexStandsForThoseAtItsPlace) {
  const Points points{{0, 1}, {0, 0}, {1, 0}, {1, 0}, {0, 0}, {0, 1}, {-0.0, 0}, {1, 1}, {1, 1}};
  EXPECT_EQ(convex_hull_of(points), (std::vector<int64_t>{0, 1, 2, 7}));
  for (const auto& triangle : delaunay_of(points)) {
    for (const int64_t corner : triangle) EXPECT_TRUE(corner <= 2 || corner == 7) << corner;
  }
  EXPECT_EQ(delaunay_of(points).size(), 2U);
}

TEST(Qhull, ThreePointsAreATriangle) {
  const Points points{{0, 0}, {0, 1}, {1, 0}};
  EXPECT_EQ(convex_hull_of(points), (std::vector<int64_t>{0, 2, 1}));
  EXPECT_EQ(delaunay_of(points), (std::vector<Triangle>{{0, 1, 2}}));
}

// A grid of c by r has 2 (c - 1) (r - 1) triangles: the points on its border count as corners.
TEST(Qhull, GridsAreCutIntoTriangles) {
  for (const auto& [columns, rows] :
       {std::pair<int64_t, int64_t>{2, 2}, {3, 3}, {7, 5}, {20, 20}}) {
    const auto points = grid(columns, rows);
    const auto triangles = delaunay_of(points);
    EXPECT_EQ(static_cast<int64_t>(triangles.size()), 2 * (columns - 1) * (rows - 1));
    for (const auto& triangle : triangles) {
      EXPECT_TRUE(circle_is_empty(points, triangle));
      EXPECT_EQ(area_of(points, triangle), 0.5);
    }
  }
}

TEST(Qhull, PointsOnACircleAreCutIntoTriangles) {
  for (int count = 4; count < 40; ++count) {
    Points points;
    for (int i = 0; i < count; ++i) {
      const double angle = 2 * std::numbers::pi * i / count;
      points.push_back({0.5 + 0.5 * std::cos(angle), 0.5 + 0.5 * std::sin(angle)});
    }
    EXPECT_EQ(convex_hull_of(points).size(), points.size());
    const auto triangles = delaunay_of(points);
    EXPECT_EQ(triangles.size(), points.size() - 2) << count;
    EXPECT_NEAR(total_area(points, triangles), hull_area(points), 1e-12);
  }
}

TEST(Qhull, MagnitudeAndPlaceDoNotMatter) {
  Random random({5});
  for (int i = 0; i < 200; ++i) {
    const auto points = random_points(random, 12);
    for (const double scale : {0x1p-1000, 0x1p-60, 0x1p60, 0x1p1023}) {
      Points scaled;
      for (const auto& [x, y] : points) scaled.push_back({x * scale, y * scale});
      ASSERT_EQ(convex_hull_of(scaled), convex_hull_of(points)) << scale;
      ASSERT_EQ(delaunay_of(scaled), delaunay_of(points)) << scale;
    }
    Points moved;
    for (const auto& [x, y] : points) moved.push_back({x - 0x1p20, y + 0x1p20});
    ASSERT_EQ(convex_hull_of(moved), convex_hull_of(points));
    ASSERT_EQ(delaunay_of(moved), delaunay_of(points));
  }
  const double most = std::numeric_limits<double>::max();
  EXPECT_EQ(convex_hull_of({{-most, -most}, {most, most}, {-most, most}, {0, most / 2}}),
            (std::vector<int64_t>{0, 1, 2}));
}

// Also where there are several triangulations.
TEST(Qhull, TheOrderOfThePointsDoesNotMatter) {
  Random random({6});
  const auto points = grid(5, 4);
  const auto expected = delaunay_of(points);
  for (int i = 0; i < 50; ++i) {
    std::vector<int64_t> order(points.size());
    for (size_t at = 0; at < order.size(); ++at) order[at] = static_cast<int64_t>(at);
    random.shuffle(std::span(order));
    Points shuffled;
    for (const int64_t index : order) shuffled.push_back(at(points, index));
    auto triangles = delaunay_of(shuffled);
    for (auto& triangle : triangles) {
      for (auto& corner : triangle) corner = order[static_cast<size_t>(corner)];
      std::ranges::sort(triangle);
    }
    std::ranges::sort(triangles);
    ASSERT_EQ(triangles, expected);
  }
}

TEST(Qhull, SaysWhatIsWrongAndPrintsNothing) {
  const double infinity = std::numeric_limits<double>::infinity();
  testing::internal::CaptureStderr();
  testing::internal::CaptureStdout();
  for (const auto solve : {+[](const Points& points) { convex_hull_of(points); },
                           +[](const Points& points) { delaunay_of(points); }}) {
    EXPECT_EQ(complaint(solve, {}), "there must be at least 3 points, got 0");
    EXPECT_EQ(complaint(solve, {{0, 0}, {1, 1}}), "there must be at least 3 points, got 2");
    EXPECT_EQ(complaint(solve, {{0, 0}, {1, 1}, {0, 0}, {1, 1}}),
              "there must be at least 3 different points, got 2");
    EXPECT_EQ(complaint(solve, {{0, 0}, {1, 1}, {2, 2}}), "all points lie on one line");
    EXPECT_EQ(complaint(solve, {{0, 1}, {0, 2}, {0, 3}, {0, 7}}), "all points lie on one line");
    EXPECT_EQ(complaint(solve, {{0.1, 0.1}, {0.2, 0.2}, {0.3, 0.3}, {0.7, 0.7}, {0.9, 0.9}}),
              "all points lie on one line");
    EXPECT_EQ(complaint(solve, {{0, 1}, {0, infinity}, {1, 3}}), "point 1 is not finite");
    EXPECT_EQ(complaint(solve, {{0, 1}, {0, 1}, {std::nan(""), 3}}), "point 2 is not finite");
  }
  EXPECT_EQ(testing::internal::GetCapturedStderr(), "");
  EXPECT_EQ(testing::internal::GetCapturedStdout(), "");
}

TEST(Qhull, ThreadsDoNotDisturbEachOther) {
  const auto solve_many = [] {
    Random random({7});
    int64_t sum = 0;
    for (int i = 0; i < 500; ++i) {
      const auto points = random_points(random, random.integer(3, 30));
      for (const int64_t index : convex_hull_of(points)) sum = sum * 31 % 1000003 + index;
      for (const auto& triangle : delaunay_of(points)) sum = sum * 31 % 1000003 + triangle[1];
      complaint(delaunay_of, {{0, 0}, {1, 1}, {2, 2}});
    }
    return sum;
  };
  const int64_t expected = solve_many();
  std::vector<std::future<int64_t>> others;
  for (int i = 0; i < 4; ++i) others.push_back(std::async(std::launch::async, solve_many));
  for (auto& other : others) EXPECT_EQ(other.get(), expected);
}

TEST(Qhull, KeepsNoMemory) {
  const auto call = [] {
    convex_hull_of(grid(4, 4));
    delaunay_of(grid(4, 4));
    complaint(convex_hull_of, {{0, 0}, {1, 1}, {2, 2}});
    complaint(delaunay_of, {{0, 0}, {1, 1}, {2, 2}, {3, 3}});
  };
  call();
  const auto before = mallinfo2().uordblks;
  for (int i = 0; i < 1000; ++i) call();
  EXPECT_LT(mallinfo2().uordblks, before + 10000);  // of each call 10 bytes
}

}  // namespace
}  // namespace zoo
