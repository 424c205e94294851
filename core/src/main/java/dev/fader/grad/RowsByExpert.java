package dev.fader.grad;

import java.util.Arrays;

/// Rows in the order of the experts that a [Router] has sent them to, those of one expert in their
/// own order. A row that goes to several is there several times. To be grouped again for each pass.
final class RowsByExpert {
  private final int perToken;
  private final int experts;
  private final int[] starts; // (experts + 1): where each expert's rows begin
  private final int[] next; // (experts): scratch
  private final int[] places; // (gathered): the router's place of each gathered row
  private final int[] chosen; // (gathered): the expert of each gathered row
  private final int[] terms; // (rows, perToken): the gathered rows that each row became

  /// Groups nothing yet.
  RowsByExpert(Router router, int experts, int perToken) {
    this.perToken = perToken;
    this.experts = experts;
    starts = new int[experts + 1];
    next = new int[experts];
    places = new int[router.places()];
    chosen = new int[router.places()];
    terms = new int[router.places()];
  }

  /// Orders what the router has chosen.
  void group(Router router) {
    Arrays.fill(starts, 0);
    for (int place = 0; place < places.length; place++) {
      starts[router.expert(place) + 1]++;
    }
    for (int e = 0; e < experts; e++) {
      starts[e + 1] += starts[e];
    }
    System.arraycopy(starts, 0, next, 0, experts);
    for (int place = 0; place < places.length; place++) {
      int expert = router.expert(place);
      int gathered = next[expert]++;
      places[gathered] = place;
      chosen[gathered] = expert;
    }
    setTerms();
  }

  private void setTerms() {
    Arrays.fill(terms, -1);
    for (int gathered = 0; gathered < places.length; gathered++) {
      int at = row(gathered) * perToken;
      while (terms[at] >= 0) {
        at++;
      }
      terms[at] = gathered;
    }
  }

  /// How many rows an expert has.
  int count(int expert) {
    return starts[expert + 1] - starts[expert];
  }

  /// The first gathered row of an expert.
  int start(int expert) {
    return starts[expert];
  }

  /// How many of an expert's rows are among the first `rows` of all; they are its first.
  int countBefore(int expert, int rows) {
    int count = 0;
    while (count < count(expert) && row(starts[expert] + count) < rows) {
      count++;
    }
    return count;
  }

  /// The row that a gathered row was.
  int row(int gathered) {
    return places[gathered] / perToken;
  }

  /// The router's places, by gathered row.
  int[] places() {
    return places;
  }

  /// The experts, by gathered row.
  int[] chosen() {
    return chosen;
  }

  /// What each row became: (rows, perToken) numbers of gathered rows, in the order of the experts.
  int[] terms() {
    return terms;
  }
}
