package dev.fader.kernel;

import dev.fader.kernel.vector.VectorWidth;
import jdk.incubator.vector.FloatVector;
import org.junit.jupiter.api.extension.ConditionEvaluationResult;
import org.junit.jupiter.api.extension.ExecutionCondition;
import org.junit.jupiter.api.extension.ExtensionContext;

/// Skips a run that forces wider vectors than this machine has.
public final class VectorWidthCondition implements ExecutionCondition {
  @Override
  public ConditionEvaluationResult evaluateExecutionCondition(ExtensionContext context) {
    int widest = FloatVector.SPECIES_PREFERRED.vectorBitSize();
    return Integer.getInteger(VectorWidth.PROPERTY, 0) > widest
        ? ConditionEvaluationResult.disabled("this machine has vectors of " + widest + " bits")
        : ConditionEvaluationResult.enabled("the machine has the vectors");
  }
}
