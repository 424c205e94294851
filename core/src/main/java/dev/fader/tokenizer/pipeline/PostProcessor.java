package dev.fader.tokenizer.pipeline;

import java.util.Arrays;
import java.util.List;

/// The special tokens added before and after a text (`post_processor`).
public final class PostProcessor {
  public static final PostProcessor NONE = new PostProcessor(new int[0], new int[0]);

  private final int[] before;
  private final int[] after;

  private PostProcessor(int[] before, int[] after) {
    this.before = before;
    this.after = after;
  }

  public static PostProcessor of(int[] before, int[] after) {
    return new PostProcessor(before, after);
  }

  public static PostProcessor of(List<Integer> before, List<Integer> after) {
    return new PostProcessor(array(before), array(after));
  }

  /// The ids before a text.
  public int[] before() {
    return before.clone();
  }

  /// The ids after a text.
  public int[] after() {
    return after.clone();
  }

  public int[] around(int[] ids) {
    int[] framed = Arrays.copyOf(before, before.length + ids.length + after.length);
    System.arraycopy(ids, 0, framed, before.length, ids.length);
    System.arraycopy(after, 0, framed, before.length + ids.length, after.length);
    return framed;
  }

  /// This post-processor applied around `inner`.
  public PostProcessor around(PostProcessor inner) {
    return new PostProcessor(concatenated(before, inner.before), concatenated(inner.after, after));
  }

  private static int[] concatenated(int[] left, int[] right) {
    int[] both = Arrays.copyOf(left, left.length + right.length);
    System.arraycopy(right, 0, both, left.length, right.length);
    return both;
  }

  private static int[] array(List<Integer> ids) {
    return ids.stream().mapToInt(Integer::intValue).toArray();
  }
}
